/**
 * The same sources give the same packages, byte for byte, for every builder and place, with --no-snapshot. Node's
 * start-up snapshot holds addresses and times of the process that made it, so with it the program differs each time.
 */
import { createHash } from "node:crypto";
import { chownSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CPUS } from "../../packaging/build/processors.ts";
import { limit } from "../../tools/slowness.ts";
import { isRoot } from "../../tools/system.ts";
import { mustRun } from "../support/namespace-run.ts";
import { describeWith } from "../support/needs.ts";

/** Inside the project, so that node_modules can be there as hard links. */
const PLACE = resolve("dist/again");
const SOURCES = ["package.json", "package-lock.json", "LICENSE", "README.md", "SECURITY.md", "CHANGELOG.md"];
const FOLDERS = ["docs", "packaging", "src", "systemd", "tools"];
const NOBODY = 65_534;

interface Builder {
  readonly folder: string;
  readonly TZ: string;
  readonly umask: string;
  readonly words: readonly string[];
}
const ORDINARY_USER = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
const BUILDERS: readonly [Builder, Builder] = [
  { folder: "one", TZ: "UTC", umask: "022", words: [] },
  { folder: "the other one", TZ: "Asia/Tokyo", umask: "077", words: isRoot() ? ORDINARY_USER : [] },
];

/** Copies the sources. @param from their folder; the second builder copies the first builder's, to have the same state */
async function layOut(from: string, { folder, words }: Builder): Promise<void> {
  const root = join(PLACE, folder);
  mkdirSync(root, { recursive: true });
  for (const name of [...SOURCES, ...FOLDERS]) cpSync(join(from, name), join(root, name), { recursive: true });
  await mustRun(["cp", "-al", "node_modules", join(root, "node_modules")]);
  if (words.length > 0) chownSync(root, NOBODY, NOBODY);
}

/** Builds the packages. @returns the SHA-256 of each file that was made */
async function build({ folder, TZ, umask, words }: Builder): Promise<Record<string, string>> {
  const root = join(PLACE, folder);
  const script = 'umask "$1"; cd "$2"; shift 2; exec "$@"';
  const command = [...words, process.execPath, "packaging/build/package.ts", "--no-snapshot"];
  await mustRun(["sh", "-c", script, "sh", umask, root, ...command], {
    ...{ PATH: process.env.PATH, HOME: root, TZ, SOURCE_DATE_EPOCH: "1795322713", EIC_NO_INSTALL: "1" },
  });
  const hash = (path: string) =>
    createHash("sha256")
      .update(readFileSync(join(root, "dist", path)))
      .digest("hex");
  const packages = readdirSync(join(root, "dist/packages")).map((name) => [name, hash(`packages/${name}`)]);
  const relays = CPUS.map((cpu) => [`relay/${cpu}`, hash(`relay/${cpu}/authorized-keys`)]);
  return Object.fromEntries([...packages, ...relays]);
}

describeWith("foreign-executable", "the packages without a snapshot", () => {
  beforeAll(() => rmSync(PLACE, { recursive: true, force: true }));
  afterAll(() => rmSync(PLACE, { recursive: true, force: true }));

  test("are the same in another folder, by another user, with another umask and time zone", {
    timeout: limit(180),
  }, async () => {
    const [one, other] = BUILDERS;
    await layOut(".", one);
    await layOut(join(PLACE, one.folder), other);
    const first = await build(one);
    const second = await build(other);
    // Four packages and the policy's, each with its bill of materials; and the relays in them.
    expect(Object.keys(first).filter((name) => !name.startsWith("relay/"))).toHaveLength(10);
    expect(Object.keys(first).filter((name) => name.startsWith("relay/"))).toHaveLength(2);
    expect(second).toEqual(first);
  });
});
