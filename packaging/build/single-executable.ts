/**
 * Makes one single executable: the pinned Node, stripped, with a blob of ours in it (Node's own "single executable
 * applications"). The blob holds either the start-up snapshot of the program, made by that same Node, or its script.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { BUNDLES, type Form, writeScript } from "../../tools/bundle.ts";
import { hostOf } from "./executable-host.ts";
import { pinnedNode } from "./pinned-node.ts";
import type { Cpu } from "./processors.ts";

/**
 * What the executable gives its Node, always; nothing can be added from outside.
 * The first two must be the same when the snapshot is made. Without them the strings inside it are hashed anew at each
 * start, and sshd's domain under SELinux would have to be allowed to make memory executable.
 */
const SNAPSHOT_FLAGS = ["--no-rehash-snapshot", "--jitless"] as const;
/**
 * SIGUSR1 would open a debugger's port. And without a configuration of its own, OpenSSL would read the one that
 * OPENSSL_CONF or the host names, which can have it load libraries.
 */
const FLAGS = [...SNAPSHOT_FLAGS, "--disable-sigusr1", "--openssl-config=/dev/null"] as const;

/** Beside it lies what esbuild says of its content. */
const SCRIPT = "dist/executable/eic-agent.js";

const POSTJECT = "node_modules/postject/dist/cli.js";
/** Where postject looks whether something is inside; Node's own. */
const FUSE = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

export interface Order {
  readonly cpu: Cpu;
  readonly form: Form;
  /** Where the bundles lie. */
  readonly bundles: string;
  readonly to: string;
}

/** @throws Error where a step fails; nothing is left at `to` then */
export async function makeExecutable({ cpu, form, bundles, to }: Order): Promise<void> {
  const work = `${to}.work`;
  rmSync(to, { force: true });
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const host = hostOf(cpu);
  const node = pinnedNode(cpu);

  // Before the blob goes in: afterwards it would be cut off, and the program with it.
  must([host.strip, "-o", "node", resolve(node)], work);

  // Names without folders: what stands in a blob must not tell where it was made.
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
  // The pinned Node of that processor: another one makes a blob, too, and says nothing.
  const maker = form === "snapshot" ? [...host.runner, resolve(node)] : [process.execPath];
  must([...maker, ...SNAPSHOT_FLAGS, "--experimental-sea-config", "sea.json"], work);
  must([process.execPath, resolve(POSTJECT), "node", "NODE_SEA_BLOB", "blob", "--sentinel-fuse", FUSE], work);
  // Copied once: the injected file has holes that cost memory.
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(join(work, "node"), join(work, "copy"));
  renameSync(join(work, "copy"), to);
  rmSync(work, { recursive: true });
}

/** Runs a step without a word, but where it fails. No variable of the person who builds gets into a snapshot. */
function must([program = "", ...words]: readonly string[], cwd: string): void {
  const { PATH } = process.env;
  const { status, signal, stdout, stderr, error } = spawnSync(program, words, { cwd, env: { PATH }, encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`${[program, ...words].join(" ")}: ${error?.message ?? signal ?? status}\n${stdout}${stderr}`);
}

/** All but the agent's own bundle, which is the script. */
const ASSETS = BUNDLES.map(({ name }) => name).filter((name) => name !== "eic-agent.cjs");

/** Calls that a snapshot is warmed up by: as the service's own are, with certificates and staples of each kind. */
const WARM_UP = ["offered-by-sha256", "chain-rsa-all-the-way", "staple-delegated-rsa"];

function layWarmUp(folder: string): void {
  for (const name of WARM_UP) cpSync(join("test/vectors", name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, "list"), WARM_UP.join("\n"));
}
