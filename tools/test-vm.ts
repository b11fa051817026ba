/**
 * `npm run test:vm`: installs the package in a virtual machine with its own kernel and SELinux enforcing, and logs in to it.
 * Software emulation, since KVM is often not usable. Requires root. Arguments go to vitest; `--only NAME` runs the stories
 * whose title contains NAME.
 */
import { runTests } from "./test-run.ts";

const suite = {
  work: "test:vm",
  projects: ["vm"],
  lists: true,
  builds: [["tools/build.ts"], ["packaging/build/package.ts", "--cpu", process.arch], ["test/vm/prepare.ts"]],
} as const;
const words = process.argv.slice(2).map((word) => (word === "--only" ? "--testNamePattern" : word));
process.exitCode = await runTests(suite, words);
