/**
 * Output of `explain` for every refusal and every Fault: code, sentence, facts, hint, recorded in explain.said.json. Results
 * of the verification come from the vectors, through a capture; the others from the simulator. EIC_RECORD=1 rewrites the
 * file: review it then line by line, as a text for people.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { printCapture } from "../../src/explain/capture.ts";
import type { Explanation } from "../../src/explain/explanation.ts";
import { FAULTS, type FaultCode } from "../../src/verify/errors.ts";
import { HINTS } from "../../src/verify/hints.ts";
import type { RefusalReason } from "../../src/verify/verdict.ts";
import { command, run } from "../support/agent.ts";
import { captureOf } from "../support/captures.ts";
import { readVector, vectorNames } from "../support/cases/vector.ts";
import { KEY } from "../support/keys.ts";
import { simulated } from "../support/simulated.ts";

const GOLDEN = join(import.meta.dirname, "explain.said.json");
const recorded = JSON.parse(readFileSync(GOLDEN, "utf8")) as Record<string, Said>;
const seen: Record<string, Said> = {};

interface Said {
  readonly message: string;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly hint: string;
}

const one = simulated({ authority: { caKey: "ec-p256" } });
const folder = mkdtempSync(join(tmpdir(), "eic-said-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
  const sorted = Object.fromEntries(Object.entries(seen).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  if (process.env.EIC_RECORD === "1") writeFileSync(GOLDEN, `${JSON.stringify(sorted, undefined, 2)}\n`);
});

/** An explanation hands no key over, and writes no audit record. */
const NEVER_EXPLAINED: readonly FaultCode[] = ["OUTPUT_FAILED", "AUDIT_FAILED"];

const REASONS = Object.keys(HINTS) as RefusalReason[];
const ALL = [...REASONS, ...(Object.keys(FAULTS) as FaultCode[])];

/** The first vector in which each reason or code occurs. */
const byVector = new Map<string, string>();
for (const name of vectorNames().toReversed()) {
  const { expects } = readVector(name);
  for (const word of "fault" in expects ? [expects.fault] : expects.verdicts) byVector.set(word, name);
}
byVector.delete("accepted");

/** Replaces values that differ between runs and between machines. */
const still = (text: string): string =>
  text
    .replaceAll(one().folder, "FOLDER")
    .replaceAll(folder, "FOLDER")
    .replace(/settings-[A-Za-z0-9]{6}/g, "SETTINGS")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replace(/SHA256:[A-Za-z0-9+/]{43}/g, "SHA256:PRINT")
    .replace(/\b[0-9A-F]{40}\b/g, "HEX");

function saidOf({ answer, keys }: Explanation, word: string): Said | undefined {
  const key = keys.find((report) => report.verdict === "refused" && report.reason === word);
  const found =
    key?.verdict === "refused"
      ? { message: key.message, facts: key.facts, hint: key.hint }
      : answer.kind === "fault" && answer.code === word
        ? { message: answer.message, facts: answer.facts, hint: answer.hint }
        : undefined;
  return found && (JSON.parse(still(JSON.stringify(found))) as Said);
}

/** Returns both forms of an explanation: the JSON, and the text with its lines joined. */
async function explained(
  words: readonly string[],
): Promise<{ told: Explanation; text: string; status: number | null }> {
  const json = await run(command("explain", ...words, "--json"));
  const text = await run(command("explain", ...words));
  expect([json.stderr, text.stderr]).toEqual(["", ""]);
  return { told: JSON.parse(json.stdout), text: text.stdout.replace(/\s+/g, " "), status: text.status };
}

async function holds(word: string, words: readonly string[]): Promise<void> {
  const { told, text, status } = await explained(words);
  const said = saidOf(told, word);
  if (said === undefined) throw new Error(`${word} was not said: ${JSON.stringify([told.answer, told.keys])}`);
  seen[word] = said;
  expect(said.hint).not.toBe("");
  expect(status).toBe(word in FAULTS ? 1 : 0);
  for (const part of [word, said.hint]) expect(text).toContain(part.replace(/\s+/g, " "));
  if (process.env.EIC_RECORD !== "1") expect(said).toEqual(recorded[word]);
}

describe("from a vector's evidence, explain says", () => {
  test.each([...byVector].map(([word, name]) => ({ word, name })))("$word, as in $name", async ({ word, name }) => {
    const vector = readVector(name);
    const file = join(folder, `${name}.json`);
    writeFileSync(file, printCapture(captureOf(vector)));
    const { fingerprint } = vector.scene;
    await holds(word, ["--from", file, vector.scene.user, ...(fingerprint === undefined ? [] : [fingerprint])]);
  });
});

interface Trouble {
  readonly word: RefusalReason | FaultCode;
  /** Prepares the settings, and the faults of the service. @returns the settings file */
  readonly make: () => Promise<string>;
}

const settings = (tables: Parameters<ReturnType<typeof one>["settings"]>[0]) => () => one().settings(tables);
const fault = (name: Parameters<ReturnType<typeof one>["simulator"]["faults"]["set"]>[0]) => async () => {
  one().simulator.faults.set(name);
  return one().config;
};

const TROUBLES: readonly Trouble[] = [
  { word: "FILE_UNREADABLE", make: async () => join(one().folder, "none.toml") },
  {
    word: "FILE_UNTRUSTED",
    make: async () => {
      const config = await one().settings({});
      chmodSync(config, 0o646);
      return config;
    },
  },
  { word: "SETTINGS_INVALID", make: settings({ metadata: { deadline: 1 } }) },
  {
    word: "ANCHORS_INVALID",
    make: async () => {
      const anchors = join(one().folder, "none.pem");
      writeFileSync(anchors, "none\n", { mode: 0o644 });
      return one().settings({ trust: { anchors } });
    },
  },
  { word: "METADATA_UNREACHABLE", make: settings({ metadata: { endpoint: "http://127.0.0.1:1" } }) },
  { word: "METADATA_TIMEOUT", make: fault({ fault: "hang", path: "signer-cert" }) },
  { word: "METADATA_BROKEN", make: fault({ fault: "cut", path: "signer-cert" }) },
  { word: "METADATA_STATUS", make: fault({ fault: "503", path: "keys" }) },
];

describe("from the simulator, explain says", () => {
  test.each(TROUBLES)("$word", async ({ word, make }) => {
    one().simulator.push({ user: "alice", publicKey: KEY });
    await holds(word, ["--no-sshd", "--config", await make(), "alice"]);
  });
});

test("every refusal and every Fault that an explanation can have is among these, and nothing else is", () => {
  const made = [...byVector.keys(), ...TROUBLES.map(({ word }) => word)];
  expect(made.toSorted()).toEqual(ALL.filter((word) => !NEVER_EXPLAINED.includes(word as FaultCode)).toSorted());
  expect(Object.keys(recorded).toSorted()).toEqual(made.toSorted());
});
