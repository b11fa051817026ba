/** Identifies the program behind an AuthorizedKeysCommand. Only one can be in force, and several packages set it. Pure. */
import { basename } from "node:path";
import { RELAY_PATH, TRIAL_PATH } from "../../host/installed-paths.ts";
import { splitArgs } from "./command-line.ts";

/** Commands known by the path or name of their program. `owner` is the common name. */
const KNOWN_COMMANDS: readonly { readonly owner: string; readonly program: RegExp }[] = [
  { owner: "AWS's ec2-instance-connect package", program: /\/eic_run_authorized_keys$/ },
  { owner: "systemd's userdbctl", program: /\/userdbctl$/ },
  { owner: "SSSD", program: /\/sss_ssh_authorizedkeys$/ },
  { owner: "Google's guest agent", program: /\/google_authorized_keys(_sk)?$/ },
  { owner: "opkssh", program: /\/opkssh$/ },
];

/** Paths of AWS's package, whether sshd uses it or not. */
export const AWS_PATHS = [
  "/usr/share/ec2-instance-connect/eic_run_authorized_keys",
  "/opt/aws/bin/eic_run_authorized_keys",
  "/lib/systemd/system/ssh.service.d/ec2-instance-connect.conf",
  "/usr/lib/systemd/system/ssh.service.d/ec2-instance-connect.conf",
  "/lib/systemd/system/sshd.service.d/ec2-instance-connect.conf",
  "/usr/lib/systemd/system/sshd.service.d/ec2-instance-connect.conf",
] as const;

export interface KeyCommand {
  /** Whether eic-agent decides. */
  readonly ours: boolean;
  /** Whether it is a trial of eic-agent: the command after `--` decides alone. */
  readonly isTrial: boolean;
  readonly owner: string;
  /** The program that sshd runs itself. sshd checks the owner and mode of this file. */
  readonly program: string;
  /** Absolute paths among the other words, up to `--`: the program runs these files, and sshd does not check them. */
  readonly files: readonly string[];
  /** The command after `--`: our command runs it in addition, a trial runs it instead. */
  readonly chained: readonly string[];
}

/** @returns undefined for a command that is empty or that sshd cannot split into words */
export function agentOf(command: string): KeyCommand | undefined {
  const [program, ...words] = splitArgs(command) ?? [];
  if (program === undefined) return undefined;
  const end = words.indexOf("--");
  const own = end === -1 ? words : words.slice(0, end);
  const ours = isOurs([program, ...own]);
  const known = KNOWN_COMMANDS.find((other) => other.program.test(program));
  const isTrial = program === TRIAL_PATH;
  return {
    ours,
    isTrial,
    owner: ours ? "eic-agent" : isTrial ? "a trial of eic-agent" : (known?.owner ?? "another program"),
    program,
    files: own.filter((word) => word.startsWith("/")),
    chained: (ours || isTrial) && end !== -1 ? words.slice(end + 1) : [],
  };
}

/** @param command undefined: none, or not known */
export const isTrial = (command: string | undefined): boolean =>
  command !== undefined && agentOf(command)?.isTrial === true;

/** Checks whether `enable` may have written a command: eic-agent's own, or that of a trial. */
export const isManaged = (command: string): boolean => {
  const agent = agentOf(command);
  return agent !== undefined && (agent.ours || agent.isTrial);
};

/** Checks whether a command asks the warm service: it runs the relay and has no chained command (docs/relay.md). */
export const usesService = (agent: KeyCommand | undefined): boolean =>
  agent?.ours === true &&
  (agent.program === RELAY_PATH || agent.files.includes(RELAY_PATH)) &&
  agent.chained.length === 0;

/** Recognizes our command: a file named authorized-keys, or eic-agent followed by the command's name. */
function isOurs(words: readonly string[]): boolean {
  return words.some((word, index) => {
    if (!word.startsWith("/")) return false;
    const name = basename(word);
    return name === "authorized-keys" || (/^eic-agent(\.cjs)?$/.test(name) && words[index + 1] === "authorized-keys");
  });
}
