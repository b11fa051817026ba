/**
 * The executable's usual form. This script is run once, when the executable is built; what it leaves in memory is the
 * start-up snapshot, from which each call goes on with `start`.
 * So whatever a module computes when it is loaded is as old as the build. What is loaded here may ask for no clock, no
 * environment, no random number and no process id outside its functions, and keeps nothing that one call could learn
 * from another. docs/decisions/0071-what-the-snapshot-holds.md
 */
import { writeSync } from "node:fs";
import { startupSnapshot } from "node:v8";
import "../audit/audit.ts";
import { start } from "./start.ts";
import { warmUp } from "./warm-up.ts";

startupSnapshot.setDeserializeMainFunction(start);
warmUp("warm-up").catch((error: unknown) => {
  writeSync(2, `${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
