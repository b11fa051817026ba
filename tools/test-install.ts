/**
 * `npm run test:install`: builds the packages of this processor, and installs, upgrades and removes them in real Debian
 * systems, booted with systemd and sshd. Requires root. Arguments go to vitest. At the end every case is listed with its
 * time.
 */
import { sweep } from "../test/install/leftovers.ts";
import { packageBuilds } from "./built-packages.ts";
import { runTests } from "./test-run.ts";

const suite = {
  work: "test:install",
  projects: ["install", "install-crowds"],
  lists: true,
  builds: [...packageBuilds(process.arch), ["test/install/prepare.ts"]],
} as const;
process.exitCode = await runTests(suite, process.argv.slice(2));
sweep();
