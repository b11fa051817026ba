/** The listening sshd processes as text: process, ports, main file, and for which users each asks eic-agent. Pure. */
import type { Heard, Listening } from "../../sshd/inspect/unwired.ts";
import type { Row } from "./rows.ts";

export function sshdWords(one: Listening): string {
  const { pid, ports, main, scope, why } = one;
  const on = ports === undefined ? "" : ` on port ${ports.join(", ")}`;
  const by = main === undefined ? "" : ` reads ${main}, which`;
  return `sshd, process ${pid}${on},${by} ${scope === "unknown" ? unknown(main, why) : WIRED[scope]}`;
}

const WIRED = {
  all: "names eic-agent's command",
  some: "names eic-agent's command for some users, in a Match block",
  none: "does not name eic-agent's command",
} as const;

const unknown = (main: string | undefined, why = "not known"): string =>
  main === undefined ? `is not known: ${why}` : `cannot be asked for: ${why}`;

/** For `status`: a row for each listening sshd, if there is more to report than this system's own sshd service. */
export function listeningRows({ sshds, isComplete }: Heard, usual: string): Row[] {
  const telling = sshds.length > 1 || sshds.some(({ main, scope }) => main !== usual || scope === "none");
  const rows = telling
    ? sshds.map((one): Row => ({ word: "listens", message: sshdWords(one), colour: colourOf(one) }))
    : [];
  return isComplete
    ? rows
    : [...rows, { word: "listens", message: "not known: /proc hides other users' processes; run this as root" }];
}

const colourOf = ({ scope, hasOtherRoot }: Listening): Row["colour"] =>
  scope === "none" && hasOtherRoot !== true ? "yellow" : undefined;

export const listeningJson = ({ sshds, isComplete }: Heard) => ({
  complete: isComplete,
  sshds: sshds.map(({ pid, ports, main, scope, why, hasOtherRoot }) => ({
    pid,
    ports: ports ?? null,
    main: main ?? null,
    scope,
    why: why ?? null,
    otherRoot: hasOtherRoot ?? null,
  })),
});
