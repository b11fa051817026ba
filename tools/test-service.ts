/**
 * `npm run test:service`: tests of the warm service that take minutes (floods, a hundred thousand calls), of the relay, of
 * crowds of logins through both, and of the SELinux policy. Arguments go to vitest.
 */
import { runTests } from "./test-run.ts";

const suite = {
  work: "test:service",
  projects: ["service", "logins", "relay", "selinux"],
  // The executable's build also writes the bundles.
  builds: [["packaging/build/executable.ts"], ["packaging/build/relay.ts"]],
} as const;
process.exitCode = await runTests(suite, process.argv.slice(2));
