/** Whose program an AuthorizedKeysCommand is. Only one can be in force, and several packages want to be it. Pure. */
import { basename } from "node:path";
import { splitArgs } from "./command-line.ts";

/** Known by the path or name of their program. `owner` is how people call it. */
const KNOWN_COMMANDS: readonly { readonly owner: string; readonly program: RegExp }[] = [
  { owner: "AWS's ec2-instance-connect package", program: /\/eic_run_authorized_keys$/ },
  { owner: "systemd's userdbctl", program: /\/userdbctl$/ },
  { owner: "SSSD", program: /\/sss_ssh_authorizedkeys$/ },
  { owner: "Google's guest agent", program: /\/google_authorized_keys(_sk)?$/ },
  { owner: "opkssh", program: /\/opkssh$/ },
];

/** Where AWS's package puts itself, wired or not. */
export const AWS_PATHS = [
  "/usr/share/ec2-instance-connect/eic_run_authorized_keys",
  "/opt/aws/bin/eic_run_authorized_keys",
  "/lib/systemd/system/ssh.service.d/ec2-instance-connect.conf",
  "/usr/lib/systemd/system/ssh.service.d/ec2-instance-connect.conf",
  "/lib/systemd/system/sshd.service.d/ec2-instance-connect.conf",
  "/usr/lib/systemd/system/sshd.service.d/ec2-instance-connect.conf",
] as const;

/** Where packages put what sshd is to run: the relay. */
export const RELAY_PATH = "/usr/libexec/eic-agent/authorized-keys";

export interface KeyCommand {
  readonly ours: boolean;
  readonly owner: string;
  /** What sshd runs itself: the file whose owner and mode it checks. */
  readonly program: string;
  /** Absolute paths among the other words, up to `--`: what the program then runs, and sshd does not check. */
  readonly files: readonly string[];
  /** The command after `--`, that ours starts beside itself. */
  readonly chained: readonly string[];
}

/** @returns undefined for a command that sshd cannot cut into words, or that is empty */
export function agentOf(command: string): KeyCommand | undefined {
  const [program, ...words] = splitArgs(command) ?? [];
  if (program === undefined) return undefined;
  const end = words.indexOf("--");
  const own = end === -1 ? words : words.slice(0, end);
  const ours = isOurs([program, ...own]);
  const known = KNOWN_COMMANDS.find((other) => other.program.test(program));
  return {
    ours,
    owner: ours ? "eic-agent" : (known?.owner ?? "another program"),
    program,
    files: own.filter((word) => word.startsWith("/")),
    chained: ours && end !== -1 ? words.slice(end + 1) : [],
  };
}

/** Whether it asks the warm service: by the relay, and with no other command beside it (docs/relay.md). */
export const usesService = (agent: KeyCommand | undefined): boolean =>
  agent?.ours === true &&
  (agent.program === RELAY_PATH || agent.files.includes(RELAY_PATH)) &&
  agent.chained.length === 0;

/** By its door, a file named authorized-keys; or by hand, eic-agent with the command's name after it. */
function isOurs(words: readonly string[]): boolean {
  return words.some((word, index) => {
    if (!word.startsWith("/")) return false;
    const name = basename(word);
    return name === "authorized-keys" || (/^eic-agent(\.cjs)?$/.test(name) && words[index + 1] === "authorized-keys");
  });
}
