/** Entry point of the bundle: `node eic-agent.cjs …`, or a link to that file. */
import { run } from "./main.ts";

run(process.argv[1] ?? "", process.argv.slice(2));
