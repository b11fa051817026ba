/** All hosts before `eic-agent sshd enable`, with the results. */
import { ANOTHER_COMMAND } from "./enable-another-command.ts";
import { ours, type Wiring } from "./enable-case.ts";
import { LAYOUTS } from "./enable-layout.ts";
import { DROP_IN, FOLDER, INCLUDE, MAIN } from "./sshd-files.ts";

const PLAIN: readonly Wiring[] = [
  { title: "nothing but the Include", files: { [MAIN]: INCLUDE }, ends: ours(), message: [/60-eic-agent\.conf:2/] },
  {
    title: "a missing folder for drop-ins",
    files: { [MAIN]: INCLUDE, [`-${FOLDER}`]: "" },
    ends: ours(FOLDER, DROP_IN),
  },
];

export const WIRINGS: readonly Wiring[] = [...PLAIN, ...ANOTHER_COMMAND, ...LAYOUTS];
