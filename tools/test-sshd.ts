/**
 * `npm run test:sshd`: what status, enable, disable and doctor say and do on hosts of many kinds, each with a real sshd
 * that is asked before and after. Arguments go to vitest.
 */
import { runTests } from "./test-run.ts";

const suite = { work: "test:sshd", projects: ["sshd"], builds: [["tools/build.ts"]] } as const;
process.exitCode = await runTests(suite, process.argv.slice(2));
