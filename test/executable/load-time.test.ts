/**
 * The contents of the start-up snapshot are as old as the build. This test runs the snapshot's script as the builder does
 * and watches everything that differs at each start: none of it may be read while modules are loaded.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeScript } from "../../tools/bundle.ts";

/** Runs in a separate Node process. Prints everything that was read while the script was loaded, one item a line. */
const WATCH = `
const asked = [];
const ask = (what) => asked.push(what);
const watch = (object, name, what) => {
  const real = object[name];
  object[name] = function (...words) { ask(what); return Reflect.apply(real, this, words); };
};
const builtin = process.getBuiltinModule;
watch(Math, "random", "Math.random");
for (const name of ["randomBytes", "randomUUID", "randomInt", "getFips", "generateKeyPairSync"]) watch(builtin("node:crypto"), name, name);
for (const name of ["hostname", "userInfo", "networkInterfaces", "tmpdir", "homedir"]) watch(builtin("node:os"), name, name);
for (const name of ["openSync", "readFileSync", "statSync", "existsSync"]) watch(builtin("node:fs"), name, name);
performance.now = () => { ask("performance.now"); return 0; };
globalThis.Date = new Proxy(Date, {
  construct: (target, words) => { if (words.length === 0) ask("new Date"); return new target(...words); },
  get: (target, name) => { if (name === "now") ask("Date.now"); return target[name]; },
});
// Of process only what loads Node's modules may be asked.
const watched = new Proxy(process, {
  get(target, name) { if (name !== "getBuiltinModule") ask("process." + String(name)); return target[name]; },
});
for (const name of ["setTimeout", "setInterval", "setImmediate"]) watch(globalThis, name, name);
let main;
const load = (name) => name === "node:v8" ? { startupSnapshot: { setDeserializeMainFunction: (given) => { main = given; throw "loaded"; } } } : builtin(name);
const before = new Set(Object.keys(globalThis));
try {
  builtin("node:vm").compileFunction(builtin("node:process").script, ["require", "module", "exports", "process"])(load, { exports: {} }, {}, watched);
} catch (end) { if (end !== "loaded") throw end; }
if (typeof main !== "function") throw new Error("no main function was set");
for (const name of Object.keys(globalThis)) if (!before.has(name)) asked.push("global " + name);
`;

let asked: string[];
let at: string;
afterAll(() => rmSync(at, { recursive: true }));
beforeAll(async () => {
  at = mkdtempSync(join(tmpdir(), "eic-load-time-"));
  const script = join(at, "snapshot.js");
  await writeScript("snapshot", script);
  const watch = join(at, "watch.cjs");
  const read = `process.script = require("node:fs").readFileSync(${JSON.stringify(script)}, "utf8");`;
  const tell = `require("node:fs").writeSync(1, asked.join("\\n"));`;
  writeFileSync(watch, `${read}\n${WATCH}\n${tell}\n`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [watch], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  asked = stdout.split("\n").filter((line) => line !== "");
});

/**
 * Values that pino reads and that are not in the audit records. The process id is in the base of a record, which log.ts
 * sets to null. The clock is for a time in nanoseconds, and log.ts gives pino the time of each record.
 * test/bundle/audit.test.ts tests the executable's records.
 */
const PINOS_OWN = ["process.pid", "Date.now", "process.hrtime", "process.versions"];

test("uses no value that differs at each start", () => {
  expect(asked.filter((what) => !PINOS_OWN.includes(what))).toEqual([]);
});

test("would be noticed: the values that pino uses are", () => {
  expect(asked.filter((what) => PINOS_OWN.includes(what)).toSorted()).toEqual(PINOS_OWN.toSorted());
});
