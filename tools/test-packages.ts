/**
 * `npm run test:packages`: builds the executables and the packages for both processors, in the quick form, and tests
 * their contents, their scripts, the npm package of the simulator, and a release made from them. Arguments go to vitest.
 */
import { runTests } from "./test-run.ts";

const suite = {
  work: "test:packages",
  projects: ["executable", "packages", "release"],
  builds: [["packaging/build/package.ts"]],
} as const;
process.exitCode = await runTests(suite, process.argv.slice(2));
