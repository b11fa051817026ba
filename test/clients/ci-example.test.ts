/** The CI example in docs/simulator-tests.md: its files exactly as documented, with the bundles that ship. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { folder } from "../simulator/openssl.ts";
import { documented } from "../support/documented.ts";

test("the example for CI passes unchanged, and leaves a log of its calls", async () => {
  const at = folder();
  for (const name of ["push.mjs", "test.sh", "ci.sh"])
    writeFileSync(join(at, name), documented("docs/simulator-tests.md", name)[0]);
  symlinkSync(resolve("node_modules"), join(at, "node_modules"));
  const bin = join(at, "bin");
  mkdirSync(bin);
  for (const name of ["eic-simulator", "eic-agent"]) {
    const program = `#!/bin/sh\nexec '${process.execPath}' '${resolve("dist", `${name}.cjs`)}' "$@"\n`;
    writeFileSync(join(bin, name), program, { mode: 0o755 });
  }

  const PATH = [bin, dirname(process.execPath), process.env.PATH].join(":");
  const child = spawn("sh", ["-eu", "ci.sh"], { cwd: at, env: { PATH, HOME: at, TMPDIR: at } });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
  const status = await new Promise((done) => child.once("close", done));
  expect({ status, said: status === 0 ? "" : Buffer.concat(said).toString() }).toEqual({ status: 0, said: "" });
  const calls = readFileSync(join(at, "calls.jsonl"), "utf8").trimEnd().split("\n");
  expect(calls.map((line) => JSON.parse(line).errorCode ?? "pushed")).toEqual([
    "pushed",
    "ThrottlingException",
    "pushed",
    "EC2InstanceStateInvalidException",
  ]);
});
