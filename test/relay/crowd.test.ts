/** Three hundred calls at once without an answer: never more than four one-shot programs, regardless of the cause. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { type ServiceApart, serveApart } from "./apart.ts";
import { type Corner, type Ended, openCorner } from "./sandbox.ts";
import { answer } from "./service.ts";
import { BY_ONE_SHOT, LINES, printed } from "./table.ts";

const CALLS = 300;

describeWith("relay-run", "a crowd", () => {
  let corner: Corner;
  let service: ServiceApart | undefined;
  beforeEach(async () => {
    corner = await openCorner();
    corner.oneShotSays(100);
    // Additional files do not add slots.
    for (const more of ["4", "5", "00"]) writeFileSync(join(corner.slots, more), "");
  });
  afterEach(async () => {
    await service?.end();
    service = undefined;
    await corner?.close();
  });

  const crowd = (): Promise<Ended[]> =>
    Promise.all(Array.from({ length: CALLS }, (_, n) => corner.call([`user-${n}`, "SHA256:abc"])));

  /** Checks that every call exited or was ended by its alarm, with the one-shot program's answer or without output. */
  function holds(ended: readonly Ended[]): void {
    const { calls, most } = corner.oneShots();
    expect(most).toBe(4);
    const answered = ended.filter(({ stdout }) => stdout !== "");
    expect(answered).toEqual(answered.map(() => BY_ONE_SHOT));
    expect(answered.length).toBe(calls.length);
    expect(answered.length).toBeGreaterThan(4);
    const lost = ended.filter(({ stdout }) => stdout === "");
    expect(lost.filter(({ status, signal }) => status !== 1 && signal !== "SIGALRM")).toEqual([]);
  }

  test.each([
    { about: "", backlog: 511 },
    { about: ", and its queue is full", backlog: 10 },
  ])("the service is frozen$about", async ({ backlog }) => {
    service = await serveApart(corner.socket, backlog);
    await service.freeze();
    holds(await crowd());
  });

  test("without a service", async () => {
    holds(await crowd());
  });

  test("the service sends malformed answers", async () => {
    service = await serveApart(corner.socket, 511, Buffer.from("n"));
    holds(await crowd());
  });

  test("with the service: three hundred answers, and no one-shot program", async () => {
    service = await serveApart(corner.socket, 511, answer(0, LINES));
    const ended = await crowd();
    expect(ended).toEqual(ended.map(() => printed(LINES)));
    expect(corner.oneShots().calls).toEqual([]);
  });
});
