/** What works where another command has to be root's, as systemd's userdbctl has to be: docs/chaining.md. Pure. */
import { agentOf } from "../../sshd/inspect/command-owner.ts";
import { COMMAND_LINE } from "../../sshd/wiring/managed-files.ts";

/** systemd's userdbctl shows the keys of a user record to root alone, and can run another command after itself. */
export const isUserdb = (command: string): boolean => /\/userdbctl$/.test(agentOf(command)?.program ?? "");

export const besideRoots = (command: string): string[] =>
  isUserdb(command)
    ? [
        "userdbctl shows keys to root alone, so another user for it is no way; it can run eic-agent after itself, as root, and loses its own keys where eic-agent fails (docs/chaining.md), by the line below",
      ]
    : ["give that command a user of its own (AuthorizedKeysCommandUser), see that it works, then again"];

export const userdbLines = (command: string): string[] =>
  isUserdb(command) ? [`AuthorizedKeysCommand ${command} --chain ${COMMAND_LINE}`] : [];
