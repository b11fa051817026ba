/** Builds the relay before its tests, so that no outdated program is tested. The tests report what is missing. */

import { missingFor, type Need } from "../../tools/requirements.ts";
import { prepare } from "../../tools/setup.ts";
import { BUILDS, removeAll } from "./programs.ts";

export default async function setup(): Promise<void> {
  const needs = Object.keys(BUILDS) as (keyof typeof BUILDS & Need)[];
  await prepare((line) => void process.stderr.write(`${line}\n`), [...needs, "relay-traced"]);
  removeAll();
  for (const need of needs) if (missingFor(need) === undefined) BUILDS[need]();
}
