/** The npm package of the simulator, installed in an empty folder, on each Node that it supports: program, module, types, README. */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchNode, thisCpu } from "../../packaging/build/pinned-node.ts";
import { simulatorPackageName } from "../../packaging/build/simulator-package.ts";
import { run } from "../support/agent.ts";
import { documented } from "../support/documented.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
const TARBALL = resolve("dist/packages", simulatorPackageName(version));
const README = "packaging/simulator/README.md";

/** Nodes that only these tests use, by name; the pinned Node is node24. */
const LOCKED = JSON.parse(readFileSync("packaging/simulator/nodes.lock", "utf8")) as Record<
  string,
  { version: string; integrity: Record<"x64" | "arm64", string> }
>;

/** Returns the path of a Node, which is fetched once. */
function nodeCalled(name: string): string {
  const locked = LOCKED[name];
  if (locked === undefined) return process.execPath;
  const its = { name: `node-linux-${thisCpu()}`, version: locked.version, integrity: locked.integrity[thisCpu()] };
  const path = resolve(`node_modules/.cache/eic-agent/${its.name}-${its.version}/node`);
  if (!existsSync(path)) fetchNode(its, path);
  return path;
}

const at = mkdtempSync(join(tmpdir(), "eic-simulator-package-"));
const installed = join(at, "node_modules/eic-simulator");
afterAll(() => rmSync(at, { recursive: true }));

beforeAll(() => {
  writeFileSync(join(at, "package.json"), '{ "private": true }\n');
  const words = ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", `file:${TARBALL}`];
  execFileSync("npm", words, { cwd: at, stdio: ["ignore", "pipe", "pipe"] });
});

test("it brings nothing else along, and has licence, notices, README and types", () => {
  expect(readdirSync(join(at, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["eic-simulator"]);
  const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  expect(manifest).toMatchObject({ name: "eic-simulator", version, license: "Apache-2.0", engines: { node: ">=20" } });
  for (const name of ["dependencies", "peerDependencies", "optionalDependencies", "scripts"]) {
    expect(manifest).not.toHaveProperty(name);
  }
  expect(readFileSync(join(installed, "LICENSE"))).toEqual(readFileSync("LICENSE"));
  expect(readFileSync(join(installed, "README.md"))).toEqual(readFileSync(README));
  const notices = readFileSync(join(installed, "THIRD-PARTY-LICENSES.txt"), "utf8");
  for (const name of ["@peculiar/x509", "@smithy/signature-v4", "reflect-metadata", "smol-toml", "yargs"]) {
    expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
    const licence = readdirSync(`node_modules/${name}`).find((file) => /^licen[cs]e/i.test(file));
    expect(notices).toContain(readFileSync(`node_modules/${name}/${licence}`, "utf8").trim());
  }
});

test("nothing in it names a path of this checkout", () => {
  const files = readdirSync(installed, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  expect(files.length).toBeGreaterThan(20);
  const found = files.filter((one) => readFileSync(join(one.parentPath, one.name)).includes(resolve(".")));
  expect(found.map(({ name }) => name)).toEqual([]);
});

test("its types are complete without other packages, and have the docstrings", async () => {
  const folder = join(at, "types");
  mkdirSync(folder);
  writeFileSync(join(folder, "esm.mts"), TYPED);
  writeFileSync(join(folder, "cjs.cts"), TYPED);
  const options = { module: "nodenext", strict: true, noEmit: true, types: ["node"], lib: ["es2023"] };
  const compilerOptions = { ...options, typeRoots: [resolve("node_modules/@types")], skipLibCheck: false };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["."] }));
  const { status, stdout } = await run([process.execPath, resolve("node_modules/typescript/bin/tsc"), "-p", folder]);
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
  const declared = readFileSync(join(installed, "types/simulator.d.ts"), "utf8");
  expect(declared).toMatch(/\/\*\* Ends live keys without moving the clock: .*\*\/\s+expire\(/);
});

/** tsc accepts this only if it finds an error below each @ts-expect-error: types that are `any` would have none. */
const TYPED = `import { startSimulator } from "eic-simulator";
export async function used(): Promise<string> {
  const simulator = await startSimulator({ instances: [{ id: "i-0000000000000000a", state: "stopped" }] });
  // @ts-expect-error no such state
  simulator.changeInstance(undefined, { state: "asleep" });
  // @ts-expect-error no such shape of a certificate
  await simulator.authority.configure({ certificates: { signer: { keyUsages: ["everything"] } } });
  return simulator.credentials.accessKeyId;
}
`;

describe.each([{ name: "node20" }, { name: "node22" }, { name: "node24" }])("on $name", ({ name }) => {
  let node = "";
  beforeAll(() => {
    node = nodeCalled(name);
  });

  test("is the Node that is meant", async () => {
    expect((await run([node, "--version"])).stdout).toMatch(new RegExp(`^v${name.slice("node".length)}\\.`));
  });

  test("the fixture for node:test in the README passes", async () => {
    const folder = withPackages(`${name}-test`, "@aws-sdk/client-ec2-instance-connect");
    writeFileSync(join(folder, "push.test.mjs"), documented(README, "push.test.mjs")[0]);
    const words = ["--test", "--test-reporter=tap", join(folder, "push.test.mjs")];
    const { status, stdout } = await run([node, ...words]);
    expect({ status, said: status === 0 ? "" : stdout }).toEqual({ status: 0, said: "" });
    expect(stdout).toMatch(/^# pass 2$/m);
  });

  test("the program runs a command, keeps its state, and resets itself", async () => {
    const folder = join(at, `${name}-up`);
    const program = join(at, "node_modules/.bin/eic-simulator");
    const each = [`"${node}" "${program}" reset --folder "${folder}"`, 'test -n "$AWS_ACCESS_KEY_ID"'].join(" && ");
    const words = ["up", "--folder", folder, "--state", join(at, `${name}-state`), "--", "sh", "-c", each];
    const { status, stdout, stderr } = await run([node, program, ...words]);
    expect({ status, said: status === 0 ? "" : stderr }).toEqual({ status: 0, said: "" });
    expect(stdout).toContain("0 requests, 0 calls\n");
    expect(existsSync(join(at, `${name}-state`, "state.json"))).toBe(true);
  });

  test("require() gives the same functions as import", async () => {
    const script = `import("eic-simulator").then((esm) => {
      const cjs = require("eic-simulator");
      console.log(Object.keys(esm).every((name) => esm[name] === cjs[name]), Object.keys(esm).sort().join());
    });`;
    writeFileSync(join(at, "require.cjs"), script);
    const { stdout } = await run([node, join(at, "require.cjs")]);
    expect(stdout).toBe("true runningClock,standingClock,startSimulator\n");
  });
});

// vitest 5 runs on Node 22.12 and later.
test.each([{ name: "node22" }, { name: "node24" }])(
  "on $name, the fixture for vitest in the README passes",
  async ({ name }) => {
    const folder = withPackages(`${name}-vitest`, "vitest");
    writeFileSync(join(folder, "push.test.ts"), documented(README, "push.test.ts")[0]);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    const words = [resolve("node_modules/vitest/vitest.mjs"), "run", "--no-color", "--root", folder];
    const { status, stdout, stderr } = await run([nodeCalled(name), ...words]);
    expect({ status, said: status === 0 ? "" : stdout + stderr }).toEqual({ status: 0, said: "" });
    expect(stdout).toMatch(/Tests {2}1 passed/);
  },
);

/** Makes a folder from which the installed package is found, and these packages of this checkout. Returns its path. */
function withPackages(name: string, ...names: readonly string[]): string {
  const folder = join(at, name);
  for (const one of names) {
    mkdirSync(join(folder, "node_modules", one, ".."), { recursive: true });
    symlinkSync(resolve("node_modules", one), join(folder, "node_modules", one));
  }
  return folder;
}
