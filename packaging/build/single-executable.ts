/**
 * Makes a single executable: the pinned Node, stripped, with an injected blob (Node's "single executable applications").
 * The blob contains either the start-up snapshot of the program, made by that same Node, or its script.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { BUNDLES, type Form, writeScript } from "../../tools/bundle.ts";
import { hostOf } from "./executable-host.ts";
import { pinnedNode } from "./pinned-node.ts";
import type { Cpu } from "./processors.ts";
import { layWarmUp } from "./warm-up.ts";

/**
 * Flags that the executable always passes to its Node; no flag can be added from outside.
 * These two must be the same when the snapshot is made. Without them the strings in the snapshot are hashed again at each
 * start, and sshd's domain under SELinux would need permission to make memory executable.
 */
const SNAPSHOT_FLAGS = ["--no-rehash-snapshot", "--jitless"] as const;
/**
 * SIGUSR1 would open a debugger port. Without an explicit configuration, OpenSSL would read the configuration that
 * OPENSSL_CONF or the host specifies, which can make OpenSSL load libraries.
 */
const FLAGS = [...SNAPSHOT_FLAGS, "--disable-sigusr1", "--openssl-config=/dev/null"] as const;

/** esbuild's list of its contents is in the same folder. */
const SCRIPT = "dist/executable/eic-agent.js";

const POSTJECT = "node_modules/postject/dist/cli.js";
/** Node's marker, in which postject records whether a blob has been injected. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

export interface Order {
  readonly cpu: Cpu;
  readonly form: Form;
  /** Folder of the bundles. */
  readonly bundles: string;
  readonly to: string;
}

/** @throws Error if a step fails; then there is no file at `to` */
export async function makeExecutable({ cpu, form, bundles, to }: Order): Promise<void> {
  const work = `${to}.work`;
  rmSync(to, { force: true });
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const host = hostOf(cpu);
  const node = pinnedNode(cpu);

  // Strip before the blob is injected: afterwards strip would remove the blob, and the program with it.
  must([host.strip, "-o", "node", resolve(node)], work);

  // Names without folders: the blob must not reveal the build path.
  await writeScript(form, SCRIPT);
  copyFileSync(SCRIPT, join(work, "eic-agent.js"));
  if (form === "snapshot") layWarmUp(join(work, "warm-up"));
  writeFileSync(join(work, "form"), form);
  const config = {
    main: "eic-agent.js",
    output: "blob",
    disableExperimentalSEAWarning: true,
    useSnapshot: form === "snapshot",
    useCodeCache: false,
    execArgv: FLAGS,
    execArgvExtension: "none",
    assets: {
      form: "form",
      ...Object.fromEntries(ASSETS.map((name) => [name, relative(work, resolve(bundles, name))])),
    },
  };
  writeFileSync(join(work, "sea.json"), JSON.stringify(config));
  // The pinned Node of that processor: another Node would also make a blob, without an error message.
  const maker = form === "snapshot" ? [...host.runner, resolve(node)] : [process.execPath];
  must([...maker, ...SNAPSHOT_FLAGS, "--experimental-sea-config", "sea.json"], work);
  must([process.execPath, resolve(POSTJECT), "node", "NODE_SEA_BLOB", "blob", "--sentinel-fuse", FUSE], work);
  // Copy the file once: the injected file has holes that cost memory.
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(join(work, "node"), join(work, "copy"));
  renameSync(join(work, "copy"), to);
  rmSync(work, { recursive: true });
}

/** Runs a step without output, unless it fails. No variable of the building user's environment gets into a snapshot. */
function must([program = "", ...words]: readonly string[], cwd: string): void {
  const { PATH } = process.env;
  const { status, signal, stdout, stderr, error } = spawnSync(program, words, { cwd, env: { PATH }, encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`${[program, ...words].join(" ")}: ${error?.message ?? signal ?? status}\n${stdout}${stderr}`);
}

/** All bundles except the agent's, which is the script. */
const ASSETS = BUNDLES.map(({ name }) => name).filter((name) => name !== "eic-agent.cjs");
