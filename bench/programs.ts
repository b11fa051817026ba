/** The programs that are compared, the questions that each can answer, and the command lines. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUNDLE, CURL, EMPTY, EXECUTABLE, RELAY } from "./figures.ts";
import type { Ready } from "./metadata.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { KEYS, type Kind, type Users } from "./users.ts";
import type { Warm } from "./warm.ts";

/** The questions: for which kind of user, and whether a key is offered. */
export const QUESTIONS = {
  nothing: { kind: "none", offers: false },
  "no key": { kind: "none", offers: true },
  "one key": { kind: "one", offers: true },
  /** For the relay only, directly after "one key" and for the same user: the second call of a login. */
  "one key again": { kind: "one", offers: true },
  "one of forty keys": { kind: "forty", offers: true },
  "all of forty keys": { kind: "forty", offers: false },
} as const satisfies Record<string, { kind: Kind; offers: boolean }>;
export type Question = keyof typeof QUESTIONS;

export interface Contestant {
  readonly program: string;
  readonly stopwatch: Stopwatch;
  readonly questions: readonly Question[];
  /** The service that it asks, whose processor time and memory count, too. */
  readonly warm?: Warm;
  words(user: string, fingerprint: string | undefined): string[];
  /** Returns the lines of a right answer, so that a failed call is not counted as fast. Undefined if unknown. */
  lines(question: Question): number | undefined;
}

export interface Asked {
  readonly words: readonly string[];
  readonly lines: number | undefined;
}

/** Returns a function that makes the command line of a call for the next user in turn. */
export function asking(users: Users, ready: Ready): (one: Contestant, question: Question) => Promise<Asked> {
  const last = new Map<Contestant, string>();
  return async (one, question) => {
    const { kind, offers } = QUESTIONS[question];
    const user = (question === "one key again" ? last.get(one) : undefined) ?? (await users.fresh(kind));
    last.set(one, user);
    return { words: one.words(user, offers ? ready.fingerprint : undefined), lines: one.lines(question) };
  };
}

const KEY_QUESTIONS: readonly Question[] = ["no key", "one key", "one of forty keys", "all of forty keys"];
const RELAY_QUESTIONS: readonly Question[] = [
  "no key",
  "one key",
  "one key again",
  "one of forty keys",
  "all of forty keys",
];

/** Returns the number of lines that sshd receives. */
const keyLines = (question: Question): number => {
  const { kind, offers } = QUESTIONS[question];
  return offers ? Math.min(1, KEYS[kind]) : KEYS[kind];
};

const given = (user: string, fingerprint: string | undefined): string[] =>
  fingerprint === undefined ? [user] : [user, fingerprint];

export function emptyScript(stopwatch: Stopwatch, folder: string): Contestant {
  const script = join(folder, "empty.cjs");
  writeFileSync(script, "");
  const words = () => [process.execPath, script];
  return { program: EMPTY, stopwatch, questions: ["nothing"], words, lines: () => 0 };
}

export function relay(stopwatch: Stopwatch, path: string, warm: Warm): Contestant {
  const words = (user: string, fingerprint: string | undefined) => [path, ...given(user, fingerprint)];
  return { program: RELAY, stopwatch, warm, questions: RELAY_QUESTIONS, words, lines: keyLines };
}

/** @param form determines the command line; each call is a separate process, as when it is started by hand */
export function oneShot(form: "executable" | "bundle", path: string, stopwatch: Stopwatch, config: string): Contestant {
  const program = form === "executable" ? [path] : [process.execPath, path];
  const words = (user: string, fingerprint: string | undefined) => [
    ...program,
    ...["authorized-keys", "--config", config],
    ...given(user, fingerprint),
  ];
  const name = form === "executable" ? EXECUTABLE : BUNDLE;
  return { program: name, stopwatch, questions: KEY_QUESTIONS, words, lines: keyLines };
}

/** Returns the URL of a key document. */
const documentOf = (endpoint: string, user: string): string =>
  `${endpoint}/latest/meta-data/managed-ssh-keys/active-keys/${user}/`;
const TTL = "X-aws-ec2-metadata-token-ttl-seconds: 21600";

/**
 * One curl process with two requests on one connection: for a token, and for the key document with a token from before,
 * because one curl process cannot reuse the token that it just received. A real script needs two processes.
 */
export async function curl(stopwatch: Stopwatch, { endpoint }: Ready): Promise<Contestant> {
  const put = { method: "PUT", headers: { [TTL.split(":")[0] ?? ""]: "21600" } };
  const token = await (await fetch(`${endpoint}/latest/api/token`, put)).text();
  const header = `X-aws-ec2-metadata-token: ${token}`;
  const words = (user: string) => [
    ...[CURL, "-q", "--silent", "--request", "PUT", "--header", TTL, `${endpoint}/latest/api/token`],
    ...["--next", "--silent", "--header", header, documentOf(endpoint, user)],
  ];
  // For each key: four fields, the key line, its signature and an empty line. The text of a 404 is unspecified.
  const lines = (question: Question) => KEYS[QUESTIONS[question].kind] * 7 || undefined;
  return { program: CURL, stopwatch, questions: ["no key", "one key", "all of forty keys"], words, lines };
}

/** @param template command line with {user} and {fingerprint} in it */
export function other(template: string, stopwatch: Stopwatch): Contestant {
  const program = template.trim().split(/\s+/);
  const words = (user: string, fingerprint = "") =>
    program.map((word) => word.replace("{user}", user).replace("{fingerprint}", fingerprint));
  return { program: program[0] ?? "", stopwatch, questions: ["one key"], words, lines: () => undefined };
}
