/** The comparison of the pinned Node with nodejs.org's: the files are as there, but keys and programs are made here. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { compareWithOfficial, nodeReleasers } from "../../packaging/build/official-node.ts";
import { describeWith } from "../support/needs.ts";
import { ThrowAwayKeys } from "../support/temporary-key.ts";

const VERSION = "24.0.99";
const program = (cpu: string) => `the program for ${cpu}`;
const sha256 = (bytes: string | Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const LOCK = { version: VERSION, sha256: { x64: sha256(program("x64")), arm64: sha256(program("arm64")) } };
const archive = (cpu: string) => `node-v${VERSION}-linux-${cpu}.tar.gz`;

test("the releasers' keys are fingerprints", () => {
  const lines = readFileSync("packaging/node-release-keys", "utf8").split("\n");
  const keys = lines.filter((line) => line !== "" && !line.startsWith("#"));
  expect(nodeReleasers()).toEqual(keys);
  expect(keys.length).toBeGreaterThan(5);
});

describeWith("release", "the pinned Node and nodejs.org's", () => {
  let keys: ThrowAwayKeys;
  let releaser: string;
  let stranger: string;
  let good: string;
  let folder: string;

  beforeAll(() => {
    keys = new ThrowAwayKeys();
    releaser = keys.make("A releaser");
    stranger = keys.make("A stranger");
    good = mkdtempSync(join(tmpdir(), "eic-nodejs-"));
    for (const cpu of ["x64", "arm64"]) pack(good, cpu, program(cpu));
    sign(good, releaser);
    writeFileSync(join(good, "pubring.kbx"), execFileSync("gpg", ["--batch", "--export"]));
  });
  afterAll(() => {
    keys.remove();
    rmSync(good, { recursive: true });
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
    folder = mkdtempSync(join(tmpdir(), "eic-nodejs-"));
    cpSync(good, folder, { recursive: true });
  });

  function pack(to: string, cpu: string, text: string): void {
    const top = `node-v${VERSION}-linux-${cpu}`;
    mkdirSync(join(to, top, "bin"), { recursive: true });
    writeFileSync(join(to, top, "bin/node"), text);
    execFileSync("tar", ["-czf", join(to, archive(cpu)), "-C", to, top]);
    rmSync(join(to, top), { recursive: true });
  }

  /** Signs the list of the archives in the folder. */
  function sign(to: string, by: string): void {
    const list = ["x64", "arm64"].map((cpu) => `${sha256(readFileSync(join(to, archive(cpu))))}  ${archive(cpu)}\n`);
    const plain = join(to, "SHASUMS256.txt");
    writeFileSync(plain, list.join(""));
    keys.gpg("--yes", "--local-user", by, "--output", `${plain}.asc`, "--clear-sign", plain);
    rmSync(plain);
  }

  const compare = () => compareWithOfficial(folder, LOCK, [releaser]);

  test("are the same", () => {
    expect(compare()).toEqual({ signedBy: releaser, archives: [archive("x64"), archive("arm64")] });
  });

  test.each([
    {
      title: "another program in an archive",
      harm: () => {
        pack(folder, "arm64", "something else");
        sign(folder, releaser);
      },
      message: /bin\/node of node-v24\.0\.99-linux-arm64\.tar\.gz has SHA-256/,
    },
    {
      title: "an archive that is not the listed one",
      harm: () => pack(folder, "x64", "x"),
      message: /not the one that/,
    },
    {
      title: "a list that an unknown key signed",
      harm: () => sign(folder, stranger),
      message: /not an allowed signer/,
    },
    {
      title: "a list that was changed",
      harm: () => {
        const list = join(folder, "SHASUMS256.txt.asc");
        writeFileSync(list, readFileSync(list, "utf8").replace("linux-x64", "linux-x46"));
      },
      message: /no good signature/,
    },
    {
      title: "a line outside of what was signed",
      harm: () => {
        pack(folder, "x64", program("x64").toUpperCase());
        const list = join(folder, "SHASUMS256.txt.asc");
        const line = `${sha256(readFileSync(join(folder, archive("x64"))))}  ${archive("x64")}\n`;
        writeFileSync(list, `${line}\n${readFileSync(list, "utf8")}\n${line}`);
      },
      message: /not the one that|no good signature/,
    },
    {
      title: "a list without its signature",
      harm: () => writeFileSync(join(folder, "SHASUMS256.txt.asc"), "no list\n"),
      message: /no good signature/,
    },
    { title: "no archive", harm: () => rmSync(join(folder, archive("arm64"))), message: /arm64\.tar\.gz is missing/ },
    { title: "no keys", harm: () => rmSync(join(folder, "pubring.kbx")), message: /pubring\.kbx is missing/ },
  ])("differ with $title", ({ harm, message }) => {
    harm();
    expect(compare).toThrow(message);
  });
});
