/** Builds the simulator's bundle as tools/build.ts does, and runs it, so that the shipped code is tested. */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, onTestFinished } from "vitest";
import { folder } from "./openssl.ts";

/** A key, and its fingerprint as printed by ssh-keygen -l. */
export const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGsP1hOlU7e0nU4sQbq0y2sZ2oF2oQkz1wY0xXlqg2Zl";
export const PRINT = "SHA256:jPq2LfZwMzJoygUDRsj2ZNaY6IQ/SdxUrk/XLVIbRrw";

/** Writes a key file, which is removed after the test. Returns its path. */
export function keyFile(content: string): string {
  const path = join(folder(), "id.pub");
  writeFileSync(path, content);
  return path;
}

/** Builds the bundle. @returns its path; it is removed after the tests of the file */
export async function bundle(): Promise<string> {
  const built = mkdtempSync(join(tmpdir(), "eic-simulator-bundle-"));
  afterAll(() => rmSync(built, { recursive: true, force: true }));
  const outfile = join(built, "eic-simulator.cjs");
  await build({
    entryPoints: ["src/simulator/main.ts"],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    define: { __VERSION__: JSON.stringify("1.2.3"), "import.meta.url": "__importMetaUrl" },
    banner: { js: 'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: "warning",
  });
  return outfile;
}

/** Runs one command until it exits. Without a separate TMPDIR it would find a simulator that the user has running. */
export function run(script: string, ...args: string[]) {
  const env = { TMPDIR: join(script, "..") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8", env });
  return { status, stdout, stderr };
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Everything printed so far, stdout and stderr. */
  said(): string;
  /** Resolves when `words` have been printed; rejects if the program ends without printing them. */
  until(words: string | RegExp): Promise<void>;
  /** Its exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export function running(command: string, args: readonly string[]): Running {
  const child = spawn(command, args, { stdio: "pipe" });
  let said = "";
  const take = (chunk: Buffer) => {
    said += chunk.toString();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const has = (words: string | RegExp) => (typeof words === "string" ? said.includes(words) : words.test(said));
  return {
    child,
    said: () => said,
    until: (words) =>
      new Promise((resolve, reject) => {
        const look = () => has(words) && resolve();
        child.stdout.on("data", look);
        child.stderr.on("data", look);
        child.once("close", () => (has(words) ? resolve() : reject(new Error(`ended after: ${said}`))));
        look();
      }),
    ended: new Promise((resolve) => child.once("close", (status, signal) => resolve(status ?? signal))),
  };
}

/** Runs `up` in a folder, and waits until it is ready. */
export async function up(script: string, at: string, ...more: string[]): Promise<Running> {
  const program = running(process.execPath, [script, "up", "--folder", at, ...more]);
  onTestFinished(() => void program.child.kill("SIGKILL"));
  await program.until("Ctrl-C ends it\n");
  return program;
}
