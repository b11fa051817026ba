/**
 * `npm run build:relay [-- --cpu x64|arm64|all]`: dist/relay/<cpu>/authorized-keys, for both processors unless told
 * otherwise. A program that is not what docs/relay.md promises is refused and removed.
 */
import { rmSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { prepare } from "../../tools/setup.ts";
import { flawsOfRelay } from "./relay-check.ts";
import { CPUS, compileRelay } from "./relay-compile.ts";

const say = (line: string) => void process.stdout.write(`${line}\n`);

const { cpu: asked } = parseArgs({ options: { cpu: { type: "string", default: "all" } } }).values;
const cpus = CPUS.filter((cpu) => asked === "all" || asked === cpu);
if (cpus.length === 0) throw new Error(`--cpu ${asked}: one of ${CPUS.join(", ")}, all`);

await prepare(say, cpus.some((cpu) => cpu !== process.arch) ? ["relay", "foreign-relay"] : ["relay"]);
for (const cpu of cpus) {
  const path = `dist/relay/${cpu}/authorized-keys`;
  compileRelay(cpu, path);
  const flaws = flawsOfRelay(path, cpu);
  if (flaws.length > 0) {
    rmSync(path);
    throw new Error(`${path} may not ship:\n  ${flaws.join("\n  ")}`);
  }
  say(`${path}: ${statSync(path).size} bytes`);
}
