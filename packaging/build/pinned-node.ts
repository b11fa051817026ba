/**
 * The Node inside the executables: exactly the file that packaging/node.lock pins, for either processor. npm installs only
 * this processor's package, so the other package is fetched through npm, checked against package-lock.json, and cached.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Cpu, isCpu } from "./processors.ts";

const LOCK = "packaging/node.lock";

interface NodeLock {
  readonly version: string;
  /** SHA-256 of bin/node, in lower-case hex. */
  readonly sha256: Readonly<Record<Cpu, string>>;
}

export const nodeLock = (): NodeLock => JSON.parse(readFileSync(LOCK, "utf8")) as NodeLock;

/** @throws Error if no Node is pinned for this processor */
export function thisCpu(): Cpu {
  if (isCpu(process.arch)) return process.arch;
  throw new Error(`no Node is pinned for this processor (${process.arch})`);
}

/**
 * @returns the path of bin/node for `cpu`
 * @throws Error if it cannot be fetched, or is not the pinned Node
 */
export function pinnedNode(cpu: Cpu): string {
  const { version, sha256 } = nodeLock();
  const installed = `node_modules/node-linux-${cpu}/bin/node`;
  const kept = `node_modules/.cache/eic-agent/node-linux-${cpu}-${version}/node`;
  const path = existsSync(installed) ? installed : kept;
  const name = `node-linux-${cpu}`;
  if (!existsSync(path)) fetchNode({ name, version, integrity: lockedIntegrity(name, version) }, kept);
  const found = createHash("sha256").update(readFileSync(path)).digest("hex");
  if (found !== sha256[cpu]) throw new Error(`${path} is not the Node of ${LOCK}: SHA-256 ${found}`);
  return path;
}

/** One of npm's packages of Node. */
export interface NodePackage {
  readonly name: string;
  readonly version: string;
  /** "sha512-" and the hash of its archive in base64, as in package-lock.json. */
  readonly integrity: string;
}

/**
 * Fetches bin/node of a package through npm, which is configured with this machine's registry.
 * @throws Error if the archive is not the expected one
 */
export function fetchNode({ name, version, integrity }: NodePackage, to: string): void {
  const folder = join(to, "..");
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, "fetch-"));
  try {
    execFileSync("npm", ["pack", "--silent", "--prefer-offline", "--pack-destination", work, `${name}@${version}`], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const archive = join(work, `${name}-${version}.tgz`);
    const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
    if (found !== integrity) throw new Error(`the package ${name}@${version} is not the locked one: ${found}`);
    execFileSync("tar", ["-xzf", archive, "-C", work, "--no-same-owner", "package/bin/node"]);
    renameSync(join(work, "package/bin/node"), to);
  } finally {
    rmSync(work, { recursive: true });
  }
}

function lockedIntegrity(name: string, version: string): string {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { version: string; integrity: string } | undefined>;
  };
  const entry = packages[`node_modules/${name}`];
  if (entry?.version !== version) throw new Error(`package-lock.json has no ${name} of version ${version}`);
  return entry.integrity;
}
