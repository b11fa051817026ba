/** RevokedKeys with one file and with several, which OpenSSH 10.3 and later take. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Exec } from "../../../src/sshd/inspect/exec.ts";
import { lookAtLogin } from "../../../src/sshd/login/look/gather.ts";
import { isRevoked } from "../../../src/sshd/login/look/revoked.ts";

const folder = mkdtempSync(join(tmpdir(), "eic-revoked-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A system without programs: nothing else of the login is looked up. */
const NO_PROGRAMS: Exec = {
  find: () => undefined,
  run: async () => ({ status: undefined, stdout: "", stderr: "", failed: "no such program" }),
  root: true,
};

const part = (bytes: Buffer) => Buffer.concat([Buffer.of(0, 0, 0, bytes.length), bytes]);
const keyOf = (byte: number) =>
  `ssh-ed25519 ${Buffer.concat([part(Buffer.from("ssh-ed25519")), part(Buffer.alloc(32, byte))]).toString("base64")}`;

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const FIRST = file("first", `${keyOf(1)}\n`);
const SECOND = file("second", `${keyOf(2)}\n`);
const SPACED = file("a list", `${keyOf(3)}\n`);
const MISSING = join(folder, "missing");

test.each([
  { title: "one file", value: FIRST, key: 1, is: "yes" },
  { title: "the second of two", value: `${FIRST} ${SECOND}`, key: 2, is: "yes" },
  { title: "neither of two", value: `${FIRST} ${SECOND}`, key: 3, is: "no" },
  { title: "one file with a space in its name", value: SPACED, key: 3, is: "yes" },
  { title: "a missing file", value: `${FIRST} ${MISSING}`, key: 3, is: MISSING },
  {
    title: "an earlier version: one path",
    value: `${FIRST} ${SECOND}`,
    key: 2,
    is: `${FIRST} ${SECOND}`,
    version: "OpenSSH_10.2p1",
  },
])("$title", async ({ value, key, is, version = "OpenSSH_10.3p1" }) => {
  const values = new Map([["revokedkeys", [value]]]);
  const effective = { kind: "known", sshd: "/usr/sbin/sshd", values } as const;
  const facts = await lookAtLogin("alice", { effective, version }, NO_PROGRAMS);
  const { revocation } = facts;
  const found = revocation.kind === "broken" ? revocation.path : await isRevoked(facts, keyOf(key), NO_PROGRAMS);
  expect(found).toBe(is);
});
