/** `npm test`: builds the bundles and runs every test of them and of the sources. Arguments go to vitest. */
import { runTests } from "./test-run.ts";

const suite = { work: "test", projects: ["all"], builds: [["tools/build.ts"]] } as const;
process.exitCode = await runTests(suite, process.argv.slice(2));
