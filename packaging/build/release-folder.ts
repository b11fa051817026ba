/** The folder of a release: packages, SBOMs, sources, notes, the public key, checksums, and the signatures over them. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { SUMS, writeChecksums } from "./checksums.ts";
import { debName } from "./deb.ts";
import { exportKey, signDetached, verified } from "./openpgp.ts";
import { CPUS } from "./processors.ts";
import { KEY_FILE, type Making, releaseNotes } from "./release-notes.ts";
import { sourceArchive } from "./release-state.ts";
import { rpmName } from "./rpm.ts";
import { checkRpms, signRpms } from "./rpm-signature.ts";
import { selinuxName } from "./selinux.ts";
import { simulatorPackageName } from "./simulator-package.ts";

/**
 * Makes the folder and checks it. It gets its name only when it is complete, so a folder of that name has been checked.
 *
 * @param from folder of the packages, which are not changed
 * @param to the folder; an earlier folder is replaced
 * @param root the checkout that the sources are taken from
 * @throws Error if a package or its SBOM is missing, or if a signature is not valid
 */
export function makeRelease(making: Making, from: string, to: string, root = "."): void {
  const work = `${to}.part`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    fill(work, making, from, root);
    checkRelease(work, making.key?.fingerprint);
    rmSync(to, { recursive: true, force: true });
    renameSync(work, to);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function fill(work: string, making: Making, from: string, root: string): void {
  const { sources, key } = making;
  const { version } = sources;
  const debs = CPUS.map((cpu) => debName({ version, cpu }));
  const rpms = [...CPUS.map((cpu) => rpmName({ version, cpu })), selinuxName(version)];
  const here = readdirSync(from);
  for (const name of [...debs, ...rpms]) {
    const beside = here.filter((file) => file.startsWith(`${name}.`));
    if (!here.includes(name) || beside.length === 0) throw new Error(`${from} has no ${name} with its SBOM`);
    for (const file of [name, ...beside]) copyFileSync(join(from, file), join(work, file));
  }
  const simulator = simulatorPackageName(version);
  if (!here.includes(simulator)) throw new Error(`${from} has no ${simulator}`);
  copyFileSync(join(from, simulator), join(work, simulator));
  const archive = `eic-agent-${version}.tar.gz`;
  writeFileSync(join(work, archive), gzipSync(sourceArchive(root, sources), { level: 9 }));
  writeFileSync(join(work, "RELEASE.md"), releaseNotes(making));
  if (key !== undefined) {
    exportKey(key, join(work, KEY_FILE));
    signRpms(
      rpms.map((name) => join(work, name)),
      key,
    );
  }
  writeChecksums(work);
  if (key !== undefined) for (const name of [...debs, simulator, archive, SUMS]) signDetached(join(work, name), key);
}

/**
 * Checks everything in the folder against the checksums, and the signatures of these, of the rpms and of further files.
 * @param fingerprint of the key that must have signed; undefined for a release that is not signed
 * @throws Error if any check fails
 */
export function checkRelease(folder: string, fingerprint: string | undefined): void {
  execFileSync("sha256sum", ["--check", "--strict", "--quiet", SUMS], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const files = readdirSync(folder);
  const summed = new Set(
    readFileSync(join(folder, SUMS), "utf8")
      .split("\n")
      .map((line) => line.slice(66)),
  );
  const signatures = files.filter((name) => files.includes(`${name}.asc`)).map((name) => `${name}.asc`);
  const beside = files.filter((name) => !summed.has(name) && name !== SUMS && !signatures.includes(name));
  if (beside.length > 0) throw new Error(`not among the checksums: ${beside.join(", ")}`);
  if (fingerprint === undefined) return;

  const keyFile = join(folder, KEY_FILE);
  const unarmoured = join(folder, `.${KEY_FILE}.gpg`);
  execFileSync("gpg", ["--batch", "--yes", "--output", unarmoured, "--dearmor", keyFile], { stdio: "ignore" });
  try {
    if (!signatures.includes(`${SUMS}.asc`)) throw new Error(`${SUMS} is not signed`);
    for (const signature of signatures) {
      const file = join(folder, signature);
      verified(["--verify", file, file.slice(0, -".asc".length)], unarmoured, [fingerprint]);
    }
  } finally {
    rmSync(unarmoured);
  }
  checkRpms(
    files.filter((name) => name.endsWith(".rpm")).map((name) => join(folder, name)),
    keyFile,
  );
}
