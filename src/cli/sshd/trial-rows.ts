/** A trial, in which another command decides: the rows about it. Pure. */
import { agentOf } from "../../sshd/inspect/command-owner.ts";
import { quoted } from "../../verify/verdict.ts";
import type { Row } from "./rows.ts";

/** The meaning of a trial, and how it goes on. */
export function trialRows(command: string | undefined): Row[] {
  const agent = command === undefined ? undefined : agentOf(command);
  if (agent?.isTrial !== true) return [];
  return [
    {
      word: "trial",
      message: `${quoted(agent.chained[0] ?? "")} decides alone; eic-agent's answers are only compared`,
    },
    { word: "next", message: "eic-agent status counts them, and the log has each difference" },
    { word: "next", message: "sudo eic-agent sshd enable --replace ends the trial, and eic-agent decides" },
  ];
}
