/** Makes the kit: the tests' programs and the packages to install, copied so that a new build does not change them. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { type Order, programFor } from "../../packaging/build/build-spec.ts";
import { contents, type Format } from "../../packaging/build/contents.ts";
import { debName, makeDeb } from "../../packaging/build/deb.ts";
import { type Cpu, isCpu } from "../../packaging/build/processors.ts";
import { makeRpm, rpmName } from "../../packaging/build/rpm.ts";
import { sourceDate } from "../../packaging/build/source-date.ts";
import { version } from "../../tools/bundle.ts";
import { makeAwsPackage } from "./aws-package.ts";
import { KIT_FOLDER, NEXT_PROGRAM_VERSION, NEXT_VERSION, PACKAGE, RESHAPED_VERSION, RPM } from "./packages.ts";
import { asEarlier, makeEarlierRpm } from "./previous-version.ts";
import { asFailing, asForeign, asLocked, asReshaped, repack } from "./repack.ts";

const kit = (path: string) => join(KIT_FOLDER, basename(path));

export async function makeKit(): Promise<void> {
  await layPrograms();
  await layPackages();
  const scratch = kit("aws.unpacked");
  await makeAwsPackage(kit(PACKAGE.aws), scratch);
  rmSync(scratch, { recursive: true });
}

/** Makes a kit of the programs and of the package as built, for tests that need no other package. */
export async function makeSmallKit(): Promise<void> {
  await layPrograms();
  layBuilt();
}

async function layPrograms(): Promise<void> {
  rmSync(KIT_FOLDER, { recursive: true, force: true });
  mkdirSync(KIT_FOLDER, { recursive: true, mode: 0o755 });

  copyFileSync(process.execPath, kit("node"));
  copyFileSync("dist/eic-simulator.cjs", kit("eic-simulator.cjs"));
  await build({
    entryPoints: ["test/clients/sdk-push.ts"],
    outfile: kit("sdk-push.cjs"),
    ...{ bundle: true, platform: "node", format: "cjs", target: "node24", logLevel: "warning" },
  });
  await build({
    entryPoints: ["test/install/calling.ts"],
    outfile: kit("calling.cjs"),
    ...{ bundle: true, platform: "node", format: "cjs", target: "node24", logLevel: "warning" },
  });
}

/** Copies the packages that `npm run package` has made. @returns their processor */
function layBuilt(): Cpu {
  const { arch: cpu } = process;
  if (!isCpu(cpu)) throw new Error(`no packages for ${cpu}`);
  copyFileSync(built(debName({ version, cpu })), kit(PACKAGE.now));
  copyFileSync(built(rpmName({ version, cpu })), kit(RPM.now));
  return cpu;
}

/** Copies the packages, and makes variants of them. */
async function layPackages(): Promise<void> {
  const cpu = layBuilt();
  const order = (of: string, format: Format): Order => ({
    ...{ version: of, cpu, compression: "quick", time: sourceDate() },
    ...{ folder: kit(`stage-${format}`), to: KIT_FOLDER },
  });
  const program = kit("next-program");
  writeFileSync(program, saying(readFileSync(programFor(cpu)), NEXT_PROGRAM_VERSION), { mode: 0o755 });
  renameSync(makeDeb(contents(cpu, "deb", program), order(NEXT_VERSION, "deb")), kit(PACKAGE.next));
  renameSync(makeRpm(contents(cpu, "rpm", program), order(NEXT_VERSION, "rpm")), kit(RPM.next));
  rmSync(program);
  for (const format of ["deb", "rpm"]) rmSync(kit(`stage-${format}`), { recursive: true });

  await Promise.all([
    repack(kit(PACKAGE.now), kit(PACKAGE.foreign), asForeign),
    repack(kit(PACKAGE.now), kit(PACKAGE.locked), asLocked),
    repack(kit(PACKAGE.now), kit(PACKAGE.earlier), asEarlier),
    repack(kit(PACKAGE.next), kit(PACKAGE.reshaped), asReshaped(RESHAPED_VERSION)),
    repack(kit(PACKAGE.next), kit(PACKAGE.failing), asFailing),
  ]);
  await makeEarlierRpm(kit(RPM.earlier), kit("earlier-rpm"));
}

/** Returns the program with another version for the service to report; the length is the same, as it is a binary. */
function saying(program: Buffer, other: string): Buffer {
  const text = program.toString("latin1");
  const changed = text.replaceAll(JSON.stringify(version), JSON.stringify(other));
  if (changed === text) throw new Error("the executable does not hold its version as text");
  return Buffer.from(changed, "latin1");
}

function built(name: string): string {
  const path = join("dist/packages", name);
  if (!existsSync(path)) throw new Error(`${path} is missing; npm run package makes it`);
  return path;
}
