/**
 * `npm run test:service`: what of the warm service takes minutes (floods, a hundred thousand calls), the relay, crowds of
 * logins through both, and the policy for SELinux. Arguments go to vitest.
 */
import { runTests } from "./test-run.ts";

const suite = {
  work: "test:service",
  projects: ["service", "logins", "relay", "selinux"],
  // With the executable come the bundles.
  builds: [["packaging/build/executable.ts"], ["packaging/build/relay.ts"]],
} as const;
process.exitCode = await runTests(suite, process.argv.slice(2));
