/** Advice for a command that must run as root, such as systemd's userdbctl: docs/chaining.md. Pure. */
import { agentOf } from "../../sshd/inspect/command-owner.ts";
import { COMMAND_LINE } from "../../sshd/wiring/managed-files.ts";

/** Checks for systemd's userdbctl, which shows the keys of a user record only to root and can chain another command. */
export const isUserdb = (command: string): boolean => /\/userdbctl$/.test(agentOf(command)?.program ?? "");

export const besideRoots = (command: string): string[] =>
  isUserdb(command)
    ? [
        "userdbctl shows keys to root only, so it cannot run as another user; with the line below it runs eic-agent after itself, as root, and loses its own keys if eic-agent fails (docs/chaining.md)",
      ]
    : ["give that command another user (AuthorizedKeysCommandUser), check that it works, then try again"];

export const userdbLines = (command: string): string[] =>
  isUserdb(command) ? [`AuthorizedKeysCommand ${command} --chain ${COMMAND_LINE}`] : [];
