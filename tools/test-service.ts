/**
 * `npm run test:service`: what of the warm service takes minutes (floods, a hundred thousand calls), the relay, and the
 * policy for SELinux. Arguments go to vitest.
 */
import { runTests } from "./test-run.ts";

const suite = {
  work: "test:service",
  projects: ["service", "relay", "selinux"],
  builds: [["tools/build.ts"], ["packaging/build/relay.ts"]],
} as const;
process.exitCode = await runTests(suite, process.argv.slice(2));
