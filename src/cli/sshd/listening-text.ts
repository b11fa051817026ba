/** The listening sshd processes as text: process, ports, main file, and for which users each asks eic-agent. Pure. */
import type { Heard, Listening } from "../../sshd/inspect/unwired.ts";
import type { Row } from "./rows.ts";

export function sshdWords(one: Listening): string {
  const { pid, ports, main, wired, why } = one;
  const on = ports === undefined ? "" : ` on port ${ports.join(", ")}`;
  const by = main === undefined ? "" : ` reads ${main}, which`;
  return `sshd, process ${pid}${on},${by} ${wired === "unknown" ? unknown(main, why) : WIRED[wired]}`;
}

const WIRED = {
  everybody: "names eic-agent's command",
  some: "names eic-agent's command for some users, in a Match block",
  nobody: "does not name eic-agent's command",
} as const;

const unknown = (main: string | undefined, why = "not known"): string =>
  main === undefined ? `is not known: ${why}` : `cannot be asked for: ${why}`;

/** For `status`: a row for each listening sshd, if there is more to report than this system's own sshd service. */
export function listeningRows({ sshds, whole }: Heard, usual: string): Row[] {
  const telling = sshds.length > 1 || sshds.some(({ main, wired }) => main !== usual || wired === "nobody");
  const rows = telling
    ? sshds.map((one): Row => ({ word: "listens", message: sshdWords(one), colour: colourOf(one) }))
    : [];
  return whole
    ? rows
    : [...rows, { word: "listens", message: "not known: /proc hides other users' processes; run this as root" }];
}

const colourOf = ({ wired, elsewhere }: Listening): Row["colour"] =>
  wired === "nobody" && elsewhere !== true ? "yellow" : undefined;

export const listeningJson = ({ sshds, whole }: Heard) => ({
  whole,
  sshds: sshds.map(({ pid, ports, main, wired, why, elsewhere }) => ({
    pid,
    ports: ports ?? null,
    main: main ?? null,
    wired,
    why: why ?? null,
    elsewhere: elsewhere ?? null,
  })),
});
