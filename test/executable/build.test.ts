/** The build of the executable: the same sources give the same bytes in its plain form, and a failed build no executable. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { limit } from "../../tools/slowness.ts";
import { run } from "../support/agent.ts";
import { cannotMount } from "../support/host-log.ts";
import { describeWith } from "../support/needs.ts";

const SOURCES = ["package.json", "package-lock.json", "tsconfig.json", "src", "tools", "packaging"];
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Copies the sources into a separate folder. */
function sources(name: string): string {
  const at = mkdtempSync(join(tmpdir(), `eic-${name}-`));
  folders.push(at);
  for (const path of SOURCES) {
    mkdirSync(join(at, path, ".."), { recursive: true });
    cpSync(path, join(at, path), { recursive: true });
  }
  symlinkSync(resolve("node_modules"), join(at, "node_modules"));
  return at;
}

const build = (at: string, ...words: string[]) =>
  spawnSync(process.execPath, ["packaging/build/executable.ts", ...words], { cwd: at, encoding: "utf8" });
const digest = (at: string) =>
  createHash("sha256")
    .update(readFileSync(join(at, "dist/eic-agent")))
    .digest("hex");

test(
  "the plain form has the same bytes in every build, and works",
  async () => {
    const [one, other] = [sources("one"), sources("another-folder-with-a-longer-name")];
    for (const at of [one, other]) expect(build(at, "--no-snapshot")).toMatchObject({ status: 0 });
    expect(digest(one)).toBe(digest(other));

    const { stdout } = await run([join(one, "dist/eic-agent"), "--version"]);
    expect(stdout).toContain("executable without start-up snapshot");
  },
  limit(120),
);

test(
  "a Node that is not the pinned one is refused",
  () => {
    const at = sources("lock");
    const lock = join(at, "packaging/node.lock");
    writeFileSync(
      lock,
      readFileSync(lock, "utf8").replace(/[0-9a-f]{64}/g, (sum) => sum.replace(/^./, "g")),
    );
    const { status, stderr } = build(at);
    expect(status).not.toBe(0);
    expect(stderr).toContain("is not the Node of packaging/node.lock: SHA-256 ");
    expect(existsSync(join(at, "dist/eic-agent"))).toBe(false);
  },
  limit(60),
);

test(
  "a version that is not the pinned one is refused",
  () => {
    const at = sources("version");
    const lock = join(at, "packaging/node.lock");
    writeFileSync(lock, readFileSync(lock, "utf8").replace(process.versions.node, "24.0.0"));
    expect(build(at).stderr).toContain(`run by Node ${process.versions.node}, and 24.0.0 is pinned`);
  },
  limit(60),
);

test.each([
  { title: "loads a module that a snapshot cannot contain", line: 'process.getBuiltinModule("node:http");\n' },
  { title: "fails to warm up", line: 'throw new Error("in vain");\n' },
])(
  "a snapshot that $title is an error, and no file of an earlier build is left",
  ({ line }) => {
    const at = sources("broken");
    const earlier = join(at, "dist/executable", process.arch, "eic-agent");
    mkdirSync(join(earlier, ".."), { recursive: true });
    writeFileSync(earlier, "an earlier one");
    const entry = join(at, "src/executable/snapshot.ts");
    writeFileSync(entry, readFileSync(entry, "utf8").replace(/^(?=startupSnapshot)/m, line));
    expect(build(at).status).not.toBe(0);
    expect(existsSync(earlier)).toBe(false);
  },
  60_000,
);

test(
  "if the warm-up has a wrong result, there is no executable",
  () => {
    const at = sources("warm-up");
    const sheet = join(at, "packaging/warm-up/offered-by-sha256/case.json");
    writeFileSync(sheet, readFileSync(sheet, "utf8").replace(/"now": "\d{4}/, '"now": "2001'));
    const { status, stderr } = build(at);
    expect(status).not.toBe(0);
    expect(stderr).toContain("warm-up/offered-by-sha256");
    expect(existsSync(join(at, "dist/eic-agent"))).toBe(false);
  },
  limit(60),
);

describeWith("foreign-executable", "for the other processor, whose programs cannot run here", () => {
  test.skipIf(cannotMount)(
    "it is the plain form, and the build prints that",
    async () => {
      const at = sources("foreign");
      const cpu = process.arch === "x64" ? "arm64" : "x64";
      const gnu = cpu === "arm64" ? "aarch64" : "x86_64";
      const hide = `mount -t tmpfs none /usr/${gnu}-linux-gnu && exec "$@"`;
      const words = [process.execPath, "packaging/build/executable.ts", "--cpu", cpu];
      const { status, stdout } = spawnSync("unshare", ["--mount", "sh", "-c", hide, "sh", ...words], {
        cwd: at,
        encoding: "utf8",
        env: { ...process.env, EIC_NO_INSTALL: "1" },
      });
      expect(status).toBe(0);
      expect(stdout).toMatch(new RegExp(`^!!! ${cpu}: no start-up snapshot, .* missing\\)$`, "m"));
      const qemu = [`/usr/bin/qemu-${gnu}-static`, "-L", `/usr/${gnu}-linux-gnu`];
      const { stdout: version } = await run([...qemu, join(at, "dist/executable", cpu, "eic-agent"), "--version"]);
      expect(version).toContain("executable without start-up snapshot");
    },
    60_000,
  );
});
