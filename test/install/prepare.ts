/** The step before the install tests: base trees and kit. Where the tests cannot run, nothing: they then say why. */
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
