/**
 * `npm run test:vm`: installs the package in a virtual machine with its own kernel and SELinux enforcing, and logs in to it.
 * Software emulation, since KVM is often not usable. Requires root. Arguments go to vitest; `--only NAME` runs the stories
 * whose title contains NAME; `--arch arm64` has a machine for arm64 instead, without SELinux.
 */
import { isCpu } from "../packaging/build/processors.ts";
import { packageBuilds } from "./built-packages.ts";
import { runTests } from "./test-run.ts";

const SUITES = {
  x64: { work: "test:vm", projects: ["vm"] },
  arm64: { work: "test:vm:arm64", projects: ["vm-arm64"] },
} as const;

const words = process.argv.slice(2).map((word) => (word === "--only" ? "--testNamePattern" : word));
const at = words.indexOf("--arch");
const [, cpu = ""] = at === -1 ? ["", "x64"] : words.splice(at, 2);
if (!isCpu(cpu)) throw new Error(`--arch takes one of ${Object.keys(SUITES).join(", ")}`);
const builds = [...packageBuilds(cpu), ["test/vm/prepare.ts", cpu]];
process.exitCode = await runTests({ ...SUITES[cpu], lists: true, builds }, words);
