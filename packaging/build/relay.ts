/**
 * `npm run build:relay [-- --cpu x64|arm64|all]`: builds dist/relay/<cpu>/authorized-keys and trial, for both processors by
 * default, and in the same folder the linker's maps and the list of linked libraries with their licences, which is the same
 * for both. A program without the properties that docs/relay.md promises is refused and removed.
 */
import { rmSync, statSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { missingFor, type Need } from "../../tools/requirements.ts";
import { prepare } from "../../tools/setup.ts";
import { relayFor, trialFor } from "./build-spec.ts";
import { PROCESSORS } from "./processors.ts";
import { flawsOfRelay } from "./relay-check.ts";
import { CPUS, type Cpu, compileRelay, compilerFor, RELAY_SOURCE, TRIAL_SOURCE } from "./relay-compile.ts";
import { type Linked, linkedInto } from "./relay-licences.ts";

const say = (line: string) => void process.stdout.write(`${line}\n`);

const { cpu: asked } = parseArgs({ options: { cpu: { type: "string", default: "all" } } }).values;
const cpus = CPUS.filter((cpu) => asked === "all" || asked === cpu);
if (cpus.length === 0) throw new Error(`--cpu ${asked}: one of ${CPUS.join(", ")}, all`);

const needs: Need[] = cpus.some((cpu) => cpu !== process.arch) ? ["relay", "foreign-relay"] : ["relay"];
await prepare(say, needs);
const missing = needs.flatMap((need) => missingFor(need) ?? []);
if (missing.length > 0) throw new Error(`the relay cannot be built here: ${missing.join("; ")}`);
for (const cpu of cpus) {
  const path = relayFor(cpu);
  // If this build fails, the list of an earlier build must not be mistaken for its result.
  rmSync(`${path}.linked.json`, { force: true });
  const linked = build(cpu, path, RELAY_SOURCE);
  const more = build(cpu, trialFor(cpu), TRIAL_SOURCE).filter(({ name }) => !linked.some((one) => one.name === name));
  if (more.length > 0) throw new Error(`${trialFor(cpu)} has a library that the relay has not: list it, too`);
  writeFileSync(`${path}.linked.json`, `${JSON.stringify(linked, null, 2)}\n`);
}

/** Builds one program, checks it, and returns the libraries in it. */
function build(cpu: Cpu, path: string, source: string): Linked[] {
  compileRelay(cpu, path, source);
  const flaws = flawsOfRelay(path, cpu);
  if (flaws.length > 0) {
    rmSync(path);
    throw new Error(`${path} may not ship:\n  ${flaws.join("\n  ")}`);
  }
  const cross = cpu === process.arch ? "" : `-${PROCESSORS[cpu].deb}-cross`;
  say(`${path}: ${statSync(path).size} bytes`);
  return linkedInto(`${path}.map`, compilerFor(cpu), cross);
}
