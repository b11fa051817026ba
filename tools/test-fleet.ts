/**
 * `npm run test:fleet`: builds the packages of this processor, and runs the files of packaging/examples with the real tools:
 * Ansible on booted Debian systems, cloud-init, rsyslog. Requires root. Arguments go to vitest. At the end every case is
 * listed with its time.
 */
import { sweep } from "../test/install/leftovers.ts";
import { packageBuilds } from "./built-packages.ts";
import { runTests } from "./test-run.ts";

const suite = {
  work: "test:fleet",
  projects: ["fleet"],
  lists: true,
  builds: [...packageBuilds(process.arch), ["test/fleet/prepare.ts"]],
} as const;
process.exitCode = await runTests(suite, process.argv.slice(2));
sweep();
