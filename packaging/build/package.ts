/**
 * `npm run package`: builds the packages and their SBOMs in dist/packages/, the package of the SELinux policy, and the npm
 * package of the simulator, which are for every processor.
 *
 *     npm run package                     # for both processors, quickly (gzip, zstd), for trials
 *     npm run package -- --release        # small (xz), for every supported system
 *     npm run package -- --cpu arm64      # for one processor
 *     npm run package -- --no-snapshot    # with the plain executable: the same bytes from the same sources
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { version } from "../../tools/bundle.ts";
import { missingFor, needsOf } from "../../tools/requirements.ts";
import { prepare } from "../../tools/setup.ts";
import type { Order } from "./build-spec.ts";
import { contents } from "./contents.ts";
import { makeDeb } from "./deb.ts";
import { CPUS, type Cpu, PROCESSORS } from "./processors.ts";
import { makeRpm } from "./rpm.ts";
import { writeSbom } from "./sbom.ts";
import { makeSelinuxRpm } from "./selinux.ts";
import { makeSimulatorPackage } from "./simulator-package.ts";
import { sourceDate } from "./source-date.ts";

const TO = "dist/packages";
const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cpu: { type: "string", default: "all" },
      release: { type: "boolean", default: false },
      "no-snapshot": { type: "boolean", default: false },
    },
  });
  const cpus = CPUS.filter((cpu) => values.cpu === "all" || values.cpu === cpu);
  if (cpus.length === 0) throw new Error(`--cpu takes ${CPUS.join(", ")} or all`);
  await prepare(say, needsOf("package"));
  const missing = missingFor("package");
  if (missing !== undefined) throw new Error(`packages cannot be made here: ${missing}`);
  const time = sourceDate();

  build("packaging/build/executable.ts", "--cpu", values.cpu, ...(values["no-snapshot"] ? ["--no-snapshot"] : []));
  build("packaging/build/relay.ts", "--cpu", values.cpu);

  mkdirSync(TO, { recursive: true });
  const compression = values.release ? "release" : "quick";
  for (const cpu of cpus) pack({ version, cpu, compression, time, folder: `dist/stage/${cpu}`, to: TO });
  tell(makeSelinuxRpm(version, TO));
  tell(await makeSimulatorPackage());
}

/** Runs a script that builds a file to be packed; the script installs its own requirements. */
function build(...words: string[]): void {
  const { status } = spawnSync(process.execPath, words, { stdio: "inherit" });
  if (status !== 0) throw new Error(`no packages without what ${words[0]} makes`);
}

function pack(order: Order): void {
  for (const old of readdirSync(TO).filter((name) => isFor(name, order.cpu))) rmSync(`${TO}/${old}`);
  for (const format of ["deb", "rpm"] as const) {
    const entries = contents(order.cpu, format);
    const path = format === "deb" ? makeDeb(entries, order) : makeRpm(entries, order);
    writeSbom(path, entries, order);
    tell(path);
  }
  rmSync(order.folder, { recursive: true });
}

const tell = (path: string) => say(`${path}: ${Math.ceil(statSync(path).size / 1000)} kB`);

/** Checks whether an earlier run made a file for this processor, of any version. Two versions would be mixed up. */
function isFor(name: string, cpu: Cpu): boolean {
  const { deb, rpm } = PROCESSORS[cpu];
  return new RegExp(`^eic-agent[_-].*[_.](${deb}|${rpm})\\.(deb|rpm)`).test(name);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`npm run package: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
