/** Makes the base trees and the kit before the tests of fleets' tools. Does nothing if the tests cannot run. */
import { missingFor } from "../../tools/requirements.ts";
import { makeBase } from "../install/base.ts";
import { sweep } from "../install/leftovers.ts";
import { makeSmallKit } from "../install/make-kit.ts";
import { FLEET_12, FLEET_13 } from "./releases.ts";

if (missingFor("fleet") === undefined) {
  sweep();
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  await Promise.all([...[FLEET_12, FLEET_13].map((release) => makeBase(release, say)), makeSmallKit()]);
}
