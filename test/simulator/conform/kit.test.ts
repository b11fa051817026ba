/** The conformance kit itself: its table, its page, its command line, and how it reports a case that fails. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { assess } from "../../../src/simulator/conform/assess.ts";
import { markdown } from "../../../src/simulator/conform/markdown.ts";
import type { Answer } from "../../../src/simulator/conform/requirement.ts";
import { newKey } from "../../../src/simulator/conform/ssh-key.ts";
import { REQUIREMENTS, selected } from "../../../src/simulator/conform/table.ts";
import { run } from "../../support/agent.ts";
import { mustRun } from "../../support/namespace-run.ts";
import { describeWith } from "../../support/needs.ts";
import { conformance, SIMULATOR } from "./conform.ts";

const conform = (...words: string[]) => run([...SIMULATOR, "conform", ...words]);

test("docs/conformance.md is the page that --markdown prints", async () => {
  const page = readFileSync("docs/conformance.md", "utf8");
  expect(page).toBe(markdown(REQUIREMENTS));
  expect((await conform("--markdown")).stdout).toBe(page);
});

test("ids are unique, and cases of a requirement differ", () => {
  const ids = REQUIREMENTS.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, cases } of REQUIREMENTS) {
    expect(new Set(cases.map(({ served }) => served)).size, id).toBe(cases.length);
    expect(cases.length, id).toBeGreaterThan(0);
  }
});

test.each([
  { pattern: "CHAIN-3", ids: ["CHAIN-3"] },
  { pattern: "fp-*", ids: ["FP-1", "FP-2"] },
  { pattern: "FP-1,TIME-*", ids: ["FP-1", "TIME-1", "TIME-2"] },
  { pattern: "CHAIN", ids: [] },
  { pattern: "FP.1", ids: [] },
])("--only $pattern selects $ids", ({ pattern, ids }) => {
  expect(selected(pattern).map(({ id }) => id)).toEqual(ids);
});

test("--list prints a line for each requirement, without root", async () => {
  const { status, stdout } = await conform("--list", "--only", "FP-*");
  expect(status).toBe(0);
  expect(stdout).toBe(
    "FP-1      MUST    1 cases  If sshd gives the fingerprint of the offered key, only that key is printed.\n" +
      "FP-2      MUST    1 cases  If the offered key is not among the served keys, nothing is printed.\n",
  );
});

test.each([
  { words: [], said: "name a command after --, as /path/to/command {user} {fingerprint}" },
  { words: ["--", "/bin/true"], said: "the command after -- has no {user}" },
  { words: ["--only", "X-1", "--", "x", "{user}"], said: "no requirement matches X-1; --list shows them" },
  // A number in the command is a word, too.
  { words: ["--", "sleep", "5"], said: "the command after -- has no {user}" },
  { words: ["--limit", "0", "--", "x", "{user}"], said: "--limit is not a number of seconds: 0" },
])("$words is a usage error", async ({ words, said }) => {
  expect(await conform(...words)).toMatchObject({ status: 2, stdout: "", stderr: `eic-simulator: ${said}\n` });
});

describeWith("ssh-keygen", "its keys", () => {
  test("fingerprints of its keys are those of ssh-keygen", async () => {
    const folder = mkdtempSync(join(tmpdir(), "eic-conform-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    for (const [type, bits] of [
      ["ssh-ed25519", 256],
      ["ssh-rsa", 2048],
    ] as const) {
      const { line, fingerprint } = newKey(type);
      const script = `echo '${line}' >${folder}/key && ssh-keygen -lf ${folder}/key`;
      expect((await mustRun(["sh", "-c", script])).stdout).toContain(`${bits} ${fingerprint} `);
    }
  });
});

const good = { ...newKey(), is: "printed", user: "alice" } as const;
const bad = { ...newKey(), is: "refused", user: "alice" } as const;
const answer = (stdout: string, more: Partial<Answer> = {}): Answer => {
  return {
    user: "alice",
    fingerprint: good.fingerprint,
    status: 0,
    stdout,
    stderr: "",
    milliseconds: 1,
    killed: false,
    ...more,
  };
};

test.each([
  { title: "the key that is offered", stdout: `${good.line}\n`, right: undefined },
  { title: "the key between comments and empty lines", stdout: `# x\n\n${good.line} me\n`, right: undefined },
  { title: "no key", stdout: "", right: good.line },
  {
    title: "the key cut short",
    stdout: good.line.slice(0, -4),
    right: `${good.line}, and not: ${good.line.slice(0, -4)}`,
  },
  { title: "a refused key, too", stdout: `${good.line}\n${bad.line}\n`, right: `${good.line}, and not: ${bad.line}` },
  { title: "another text", stdout: `${good.line}\nerror\n`, right: `${good.line}, and not: error` },
])("an answer with $title is judged", ({ stdout, right }) => {
  const failures = assess({ served: "x" }, { answers: [answer(stdout)], keys: [good, bad], requests: [] });
  expect(failures.map((one) => one.right)).toEqual(right === undefined ? [] : [right]);
});

test.each([
  { title: "a refused key is offered", more: { fingerprint: bad.fingerprint }, right: undefined },
  { title: "another user asks", more: { user: "bob" }, right: undefined },
  { title: "there is no fingerprint", more: { fingerprint: "" }, right: good.line },
  { title: "the command was killed", more: { killed: true }, right: "an answer, and an end, within the limit of time" },
])("no key printed, and $title", ({ more, right }) => {
  const failures = assess({ served: "x" }, { answers: [answer("", more)], keys: [good, bad], requests: [] });
  expect(failures.map((one) => one.right)).toEqual(right === undefined ? [] : [right]);
});

describeWith("conform", "a run", () => {
  const words = (script: string) => ["--only", "DOC-1", "--", "sh", "-c", script, "sh", "{user}", "{fingerprint}"];

  test("reports what was served, requested and printed, and what would have been right", async () => {
    const keep = mkdtempSync(join(tmpdir(), "eic-conform-kept-"));
    onTestFinished(() => rmSync(keep, { recursive: true }));
    const { status, stdout, stderr } = await conform("--keep", keep, ...words('echo "$1" >&2; echo; exit 3'));
    expect(stderr).toBe("");
    expect(status).toBe(1);
    expect(stdout).toMatch(/^DOC-1 {5}MUST {3}FAILED {4}A key that the service signed/);
    expect(stdout).toContain("  DOC-1.1  if an Ed25519 key is served\n");
    expect(stdout).toContain(`    served   ${keep}/DOC-1.1\n`);
    expect(stdout).toMatch(
      / {4}printed {2}\n {13}\(status 3, \d+ ms\)\n {4}stderr {3}eic-000\n {4}right {4}ssh-ed25519 AAAA/,
    );
    expect(stdout).toMatch(/\n0 of 1 MUST; 3 cases\n$/);
    const kept = ["anchors.pem", "case.json", "domain", "instance-id", "keys", "region", "signer.pem", "staples"];
    expect(readdirSync(join(keep, "DOC-1.1")).sort()).toEqual(kept);
    expect(readFileSync(join(keep, "DOC-1.1", "keys"), "utf8")).toMatch(
      /^#Timestamp=\d+\n#Instance=i-0abcdef1234567890\n/,
    );
  });

  test("gives the command and its adapter a store that openssl accepts, in a place without another network", async () => {
    const prepare = 'ip -o route get 192.0.2.1 2>&1 | tee "$EIC_CONFORM_FOLDER/route" >&2; true';
    const script = `
      openssl x509 -noout -in "$EIC_CONFORM_ANCHORS" && ls "$EIC_CONFORM_CAPATH" | grep -c '\\.0$' && id -u "$1" &&
      cat /sys/devices/virtual/dmi/id/board_asset_tag "$EIC_CONFORM_FOLDER/route"`;
    const result = await conformance("--prepare", prepare, ...words(`{ ${script}; } >&2`));
    const [first] = (result.requirements[0]?.cases ?? []) as { failures: { answer: Answer }[] }[];
    const said = first?.failures[0]?.answer.stderr.split("\n");
    expect(said?.slice(0, 3)).toEqual(["4", "62000", "i-0abcdef1234567890"]);
    expect(said?.[3]).toMatch(/unreachable/);
  });

  test("ends with the adapter's own message if the adapter fails", async () => {
    const result = await conform("--prepare", "echo no such store >&2; exit 4", ...words("true"));
    expect(result).toMatchObject({ status: 1, stdout: "" });
    expect(result.stderr).toContain("--prepare ended with status 4: no such store");
  });

  test("does not ask about fingerprints if the command line has none", async () => {
    const result = await conformance("--only", "FP-*,OUT-3", "--", "true", "{user}");
    expect(result.requirements.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      ...["FP-1 not asked", "FP-2 not asked", "OUT-3 passed"],
    ]);
    expect(result.status).toBe(0);
  });

  test("kills a command that does not end, and everything that it started", async () => {
    const result = await conform("--limit", "1", "--only", "OUT-3", "--", "sh", "-c", "sleep 3600", "sh", "{user}");
    expect(result.status).toBe(1);
    expect(result.stdout).toContain("right    an answer, and an end, within the limit of time");
  });
});
