/** Callers whose keys have options by the host's policy, and what a session of each may do: for any way of a login. */
import { expect } from "vitest";
import { withoutEndpoint } from "./namespace-simulator.ts";
import type { Sshd } from "./sshd.ts";
import type { Instance } from "./sshd-instance.ts";
import { newKey } from "./sshd-keys.ts";

const caller = (role: string) => `arn:aws:sts::111122223333:assumed-role/${role}/alice`;
export const ADMIN = caller("Admin");
export const DEPLOYER = caller("Deploy");
const WATCHER = caller("Watch");
const TUNNEL = caller("Tunnel");
const ELSEWHERE = caller("Elsewhere");
const OVER = caller("Over");

const RULES: readonly (readonly [caller: string, options: string | undefined])[] = [
  [ADMIN, undefined],
  [DEPLOYER, 'restrict,command="echo deployed"'],
  [WATCHER, "restrict,pty"],
  [TUNNEL, 'restrict,port-forwarding,permitopen="127.0.0.1:22"'],
  [ELSEWHERE, 'from="192.0.2.0/24"'],
  [OVER, 'expiry-time="20200101"'],
];

/** The agent's settings with a rule for each caller. TOML's literal strings need no escapes. */
export const withLimits = (settings: string): string =>
  [
    withoutEndpoint(settings),
    ...RULES.map(([name, options]) =>
      [
        "[[policy.rules]]",
        'users = ["*"]',
        `callers = ["${name}"]`,
        ...(options === undefined ? [] : [`key_options = '${options}'`]),
      ].join("\n"),
    ),
    "",
  ].join("\n");

/** Whether the caller's keys have options. */
export const isRestricted = ({ caller: name }: Limit): boolean => name !== ADMIN;

export interface Limit {
  readonly title: string;
  readonly caller: string;
  /** Command of the session; `ssh` may have further options. */
  readonly command: string;
  readonly flags?: readonly string[];
  /** Undefined: sshd does not accept the key. */
  readonly stdout: string | RegExp | undefined;
  /** sshd's line in its log, if it does not accept the key. */
  readonly log?: RegExp;
  /** ssh's message if sshd refuses a request of the session. */
  readonly stderr?: RegExp;
}

const NO_FORWARDING = /administratively prohibited/;
const NOT_FROM_HERE =
  /: Authentication tried for alice with correct key but not from a permitted host \(.*\nRefused by key options$/m;
const NO_TERMINAL = /PTY allocation request failed/;

/** `ssh -W`: the session is a connection from sshd to an address, here to sshd itself, which greets. */
const FORWARD = ["-W", "127.0.0.1:22"] as const;
const TERMINAL = ["-tt"] as const;
const IS_TERMINAL = "test -t 0 && echo terminal || echo none";

export const LIMITS: readonly Limit[] = [
  { title: "no options, any command", caller: ADMIN, command: "id -un", stdout: "alice\n" },
  { title: "no options, forwarding", caller: ADMIN, command: "", flags: FORWARD, stdout: /^SSH-2\.0-/ },
  { title: "a forced command", caller: DEPLOYER, command: "id -un", stdout: "deployed\n" },
  {
    title: "a forced command, no terminal",
    caller: DEPLOYER,
    command: "",
    flags: TERMINAL,
    stdout: "",
    stderr: NO_TERMINAL,
  },
  {
    title: "a forced command, no forwarding",
    caller: DEPLOYER,
    command: "",
    flags: FORWARD,
    stdout: "",
    stderr: NO_FORWARDING,
  },
  {
    title: "a terminal and commands",
    caller: WATCHER,
    command: IS_TERMINAL,
    flags: TERMINAL,
    stdout: /^terminal\r?\n$/,
  },
  {
    title: "a terminal, no forwarding",
    caller: WATCHER,
    command: "",
    flags: FORWARD,
    stdout: "",
    stderr: NO_FORWARDING,
  },
  { title: "forwarding to one address", caller: TUNNEL, command: "", flags: FORWARD, stdout: /^SSH-2\.0-/ },
  {
    title: "forwarding to no other one",
    caller: TUNNEL,
    command: "",
    flags: ["-W", "127.0.0.1:80"],
    stdout: "",
    stderr: NO_FORWARDING,
  },
  {
    title: "forwarding, no terminal",
    caller: TUNNEL,
    command: IS_TERMINAL,
    flags: TERMINAL,
    stdout: "",
    stderr: NO_TERMINAL,
  },
  { title: "no login from here", caller: ELSEWHERE, command: "id -un", stdout: undefined, log: NOT_FROM_HERE },
  { title: "no login any more", caller: OVER, command: "id -un", stdout: undefined, log: /^Refused by key options$/m },
];

/** Pushes a key as the caller, logs in with it, and looks at what the session could do. */
export async function obeyed(
  { caller: name, command, flags = [], stdout, stderr = /^/, log = /^/ }: Limit,
  sshd: Sshd,
  { namespace, simulator }: Instance,
): Promise<void> {
  const key = await newKey(namespace);
  await simulator.tell("push", { user: "alice", publicKey: key.line, caller: name });
  if (stdout === undefined) {
    const lines = await sshd.refused("alice", [key]);
    expect(lines.join("\n")).toMatch(log);
    return;
  }
  const from = sshd.log.lines.length;
  const ended = await sshd.login("alice", [key], command, flags);
  await sshd.log.line(/^Accepted publickey for alice /, from);
  expect(ended.stderr).toMatch(stderr);
  if (typeof stdout === "string") expect(ended.stdout).toBe(stdout);
  else expect(ended.stdout).toMatch(stdout);
}
