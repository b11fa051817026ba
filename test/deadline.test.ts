/** The deadline of a call. */
import { once } from "node:events";
import { expect, test } from "vitest";
import { Deadline } from "../src/deadline.ts";

test("a deadline that is lowered to a time in the past ends at once, without a warning", async () => {
  const warnings: string[] = [];
  const listener = ({ name }: Error) => warnings.push(name);
  process.on("warning", listener);
  const deadline = new Deadline(60_000 + process.uptime() * 1000);
  expect(deadline.hasPassed).toBe(false);
  deadline.lower(1);
  expect(deadline.hasPassed).toBe(true);
  await once(deadline.signal, "abort");
  process.off("warning", listener);
  expect(warnings).toEqual([]);
});
