/**
 * tools/run on an installation from which npm left out rolldown's binding, as Debian 12's npm does: a copy of the script, with
 * a program in the place of npm.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const CPU = process.arch === "arm64" ? "arm64" : "x64";
const BINDING = `node_modules/@rolldown/binding-linux-${CPU}-gnu`;
const ADDS = `require("fs").mkdirSync(${JSON.stringify(BINDING)}, { recursive: true })`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "eic-run-"));
  for (const folder of ["tools", `node_modules/node-linux-${CPU}/bin`, "node_modules/rolldown"])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync("tools/run", join(root, "tools/run"));
  symlinkSync(process.execPath, join(root, `node_modules/node-linux-${CPU}/bin/node`));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** @param npm the program of npm; undefined: the command was not started by npm */
function run(npm?: string) {
  const { npm_execpath: _, ...env } = process.env;
  const path = join(root, "npm.cjs");
  if (npm !== undefined) writeFileSync(path, npm);
  return spawnSync(join(root, "tools/run"), ["node", "-p", "'ran'"], {
    cwd: dirname(root),
    env: { ...env, ...(npm !== undefined && { npm_execpath: path }) },
    encoding: "utf8",
  });
}

test("npm adds the binding, once, in the version of the lock file", () => {
  expect(run(`console.log(process.argv.slice(2).join(" ")); ${ADDS}`)).toMatchObject({
    status: 0,
    stdout: "ran\n",
    stderr: "install --no-save --ignore-scripts --no-audit --no-fund\n",
  });
  expect(run("process.exit(9)")).toMatchObject({ status: 0, stdout: "ran\n", stderr: "" });
});

test.each([
  { title: "npm fails", npm: "process.exit(9)" },
  { title: "npm leaves it out again", npm: "" },
  { title: "npm did not start the command", npm: undefined },
])("nothing is run if $title", ({ npm }) => {
  expect(run(npm)).toMatchObject({ status: 1, stdout: "" });
  expect(existsSync(join(root, BINDING))).toBe(false);
});

test("a checkout without rolldown is not affected", () => {
  rmSync(join(root, "node_modules/rolldown"), { recursive: true });
  expect(run("process.exit(9)")).toMatchObject({ status: 0, stdout: "ran\n" });
});
