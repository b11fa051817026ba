/**
 * `npm run package:simulator`: makes the npm package of the simulator, dist/packages/eic-simulator-VERSION.tgz, with the
 * program, the module, its types, and the licences of everything inside.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { version, writePackageBundles } from "../../tools/bundle.ts";
import { packagesInside } from "./bundled-packages.ts";

const STAGE = "dist/simulator";
const TO = "dist/packages";

/** The name that npm gives the archive. */
export const simulatorPackageName = (its: string): string => `eic-simulator-${its}.tgz`;

/** @returns the path of the archive */
export async function makeSimulatorPackage(): Promise<string> {
  rmSync(STAGE, { recursive: true, force: true });
  const bundles = await writePackageBundles(STAGE);
  writeTypes(join(STAGE, "types"));
  writeFileSync(join(STAGE, "index.mjs"), MODULE);
  writeFileSync(join(STAGE, "package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
  writeFileSync(join(STAGE, "THIRD-PARTY-LICENSES.txt"), licencesOf(bundles));
  copyFileSync("packaging/simulator/README.md", join(STAGE, "README.md"));
  copyFileSync("LICENSE", join(STAGE, "LICENSE"));

  mkdirSync(TO, { recursive: true });
  for (const old of readdirSync(TO).filter((name) => /^eic-simulator-.*\.tgz$/.test(name))) rmSync(join(TO, old));
  const words = ["pack", "--silent", "--ignore-scripts", "--pack-destination", resolve(TO)];
  execFileSync("npm", words, { cwd: STAGE, stdio: ["ignore", "ignore", "inherit"] });
  return join(TO, simulatorPackageName(version));
}

/** One copy of the code, however it is loaded: the ES module takes it from the CommonJS bundle. */
const MODULE = `import simulator from "./index.cjs";
export const { runningClock, standingClock, startSimulator } = simulator;
`;

function manifest(): object {
  const { license } = JSON.parse(readFileSync("package.json", "utf8")) as { license: string };
  return {
    name: "eic-simulator",
    version,
    description: "EC2 Instance Connect on this machine, for tests: the API, the metadata service and the authority",
    license,
    keywords: ["aws", "ec2", "ec2-instance-connect", "imds", "ssh", "simulator", "testing"],
    engines: { node: ">=20" },
    bin: { "eic-simulator": "eic-simulator.cjs" },
    main: "index.cjs",
    types: "types/index.d.ts",
    exports: {
      ".": { types: "./types/index.d.ts", import: "./index.mjs", default: "./index.cjs" },
      "./package.json": "./package.json",
    },
    files: ["eic-simulator.cjs", "index.cjs", "index.mjs", "types", "THIRD-PARTY-LICENSES.txt"],
  };
}

/** Writes the declarations that tsc makes of the sources, with their comments. */
function writeTypes(folder: string): void {
  const options = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--rootDir", "src/simulator"];
  const words = [
    "node_modules/typescript/bin/tsc",
    "-p",
    "src/simulator/tsconfig.json",
    ...options,
    "--outDir",
    folder,
  ];
  execFileSync(process.execPath, words, { stdio: ["ignore", "inherit", "inherit"] });
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".d.ts"));
  const used = reachable(folder, "index.d.ts");
  for (const name of files.filter((file) => !used.has(file))) rmSync(join(folder, name));
  for (const name of used) {
    // In a declaration file, a path to a source is written with the extension of the program.
    const text = readFileSync(join(folder, name), "utf8").replace(IMPORTED, '"$1.js"');
    writeFileSync(join(folder, name), text.replace(/^import "reflect-metadata";\n/m, ""));
  }
}

const IMPORTED = /(?<=from |import\()"(\.[^"]+)\.ts"/g;

/** Returns the declaration files that `entry` needs, by their path in the folder. */
function reachable(folder: string, entry: string, found = new Set<string>()): Set<string> {
  if (found.has(entry)) return found;
  found.add(entry);
  for (const [, path = ""] of readFileSync(join(folder, entry), "utf8").matchAll(IMPORTED)) {
    reachable(folder, join(entry, "..", `${path}.d.ts`), found);
  }
  return found;
}

/** Returns name, version, licence and the complete licence files of every npm package in the bundles. */
function licencesOf(bundles: readonly string[]): string {
  const parts = packagesInside(bundles).map(({ name, version: its, licence, texts }) => {
    return [`${name} ${its} (${licence})`, ...texts.map(({ text }) => text.trim())].join("\n\n");
  });
  return `The bundles of this package contain code of these packages.\n\n${parts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
}

if (process.argv[1] === import.meta.filename) {
  const path = await makeSimulatorPackage();
  process.stdout.write(`${path}: ${Math.ceil(statSync(path).size / 1000)} kB\n`);
}
