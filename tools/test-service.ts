/**
 * `npm run test:service`: tests of the warm service that take minutes (floods, a hundred thousand calls), of the relay, of
 * crowds of logins through both, and of the SELinux policy. Arguments go to vitest.
 */
import { programBuilds } from "./built-packages.ts";
import { runTests } from "./test-run.ts";

const suite = {
  work: "test:service",
  projects: ["service", "logins", "relay", "selinux"],
  builds: programBuilds(process.arch),
} as const;
process.exitCode = await runTests(suite, process.argv.slice(2));
