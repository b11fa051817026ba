/**
 * `npm run test:sshd`: tests what status, enable, disable and doctor print and do on hosts of many kinds, each with a real
 * sshd that is queried before and after. Arguments go to vitest.
 */
import { runTests } from "./test-run.ts";

const suite = { work: "test:sshd", projects: ["sshd"], builds: [["tools/build.ts"]] } as const;
process.exitCode = await runTests(suite, process.argv.slice(2));
