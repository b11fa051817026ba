/** The comparison of sshd's own command with the explanation: its lines with their options, and keys that have expired since. */
import { expect, test } from "vitest";
import { compare, type RunCommand } from "../../src/explain/compare-command.ts";
import type { Explanation } from "../../src/explain/explanation.ts";
import { fingerprintOf } from "../../src/verify/ssh/authorized-key.ts";

/** A key of ed25519 in its wire form (RFC 8709 §4), of zeros. */
const BLOB = Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20", "latin1"), Buffer.alloc(32)]);
const KEY = `ssh-ed25519 ${BLOB.toString("base64")}`;
const FINGERPRINT = fingerprintOf(BLOB);
const NOW = new Date("2026-11-22T03:15:00Z");
const [LIVE, OVER] = ["2026-11-22T03:15:40.000Z", "2026-11-22T03:14:59.000Z"];

const push = (options: string | null, expires = LIVE): Explanation["keys"][number] => ({
  ...{ verdict: "accepted", line: 1, fingerprint: FINGERPRINT, key: KEY, expires, secondsLeft: 40 },
  ...{ caller: null, requestId: null, reported: null, options, rule: null, leftOut: [] },
});

/** Compares with a command that prints these lines. */
async function compared(keys: Explanation["keys"], ...lines: readonly string[]) {
  const explained = { user: "alice", fingerprint: null, keys, answer: { kind: "judged" } } as unknown as Explanation;
  const output = Buffer.from(lines.map((line) => `${line}\n`).join(""));
  const ran = { ending: { kind: "exited", status: 0, held: false }, output, milliseconds: 1 } as const;
  const run: RunCommand = async ([program]) => ({ program, ...ran, answeredBy: null, fault: null });
  const command = { text: "/usr/libexec/eic-agent/authorized-keys %u %f", user: "eic-agent" };
  const { agrees, runs } = await compare(command, explained, run, () => NOW);
  return { agrees, runs: runs.map(({ missing, unexpected, otherOptions }) => ({ missing, unexpected, otherOptions })) };
}

const THE_SAME = { agrees: true, runs: [{ missing: [], unexpected: [], otherOptions: [] }] };

test.each([
  { title: "the key", keys: [push(null)], lines: [KEY] },
  { title: "the key with its options", keys: [push("no-pty")], lines: [`no-pty ${KEY}`] },
  { title: "a line for each push", keys: [push("no-pty"), push(null)], lines: [`no-pty ${KEY}`, KEY] },
  { title: "no line for a push that is over", keys: [push("no-pty", OVER), push(null)], lines: [KEY] },
  { title: "no line for a key that is over", keys: [push("no-pty", OVER)], lines: [] },
])("$title is the same answer", async ({ keys, lines }) => {
  expect(await compared(keys, ...lines)).toEqual(THE_SAME);
});

test.each([
  { title: "no options", keys: [push("no-pty")], lines: [KEY] },
  { title: "further options", keys: [push(null)], lines: [`no-pty ${KEY}`] },
  { title: "the line of one push", keys: [push("no-pty"), push("no-user-rc")], lines: [`no-pty ${KEY}`] },
])("$title is another answer", async ({ keys, lines }) => {
  const runs = [{ missing: [], unexpected: [], otherOptions: [FINGERPRINT] }];
  expect(await compared(keys, ...lines)).toEqual({ agrees: false, runs });
});
