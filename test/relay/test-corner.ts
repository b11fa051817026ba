/** The sandbox of a test file's relay. */
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { Form } from "./programs.ts";
import { type Corner, openCorner } from "./sandbox.ts";

/** Opens a sandbox before the tests, and resets its service and its one-shot program before each. */
export function relayCorner(form?: Form): () => Corner {
  let corner: Corner | undefined;
  const opened = (): Corner => {
    if (corner === undefined) throw new Error("asked for before it was opened");
    return corner;
  };
  beforeAll(async () => {
    corner = await openCorner(form);
  });
  afterAll(() => corner?.close());
  beforeEach(async () => {
    await opened().stopService();
    opened().forgetOneShots();
    opened().oneShotSays(0);
  });
  return opened;
}

/** Returns the command that precedes the relay's own, to run it from a shell with `redirection`. */
export const shell = (redirection: string): readonly string[] => ["sh", "-c", `exec "$@" ${redirection}`, "sh"];
