/** Makes base trees and kit before the install tests. Does nothing if the tests cannot run: they then report why. */
import { missingFor } from "../../tools/requirements.ts";
import { makeBase } from "./base.ts";
import { sweep } from "./leftovers.ts";
import { makeKit } from "./make-kit.ts";
import { RELEASES } from "./releases.ts";

if (missingFor("booted-system") === undefined) {
  sweep();
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  await Promise.all([...RELEASES.map((release) => makeBase(release, say)), makeKit()]);
}
