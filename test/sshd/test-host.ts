/** The wired host of a test file, and what the program prints on it. */
import { afterAll, beforeAll, expect } from "vitest";
import { openWiredHost, type WiredHost } from "./wired-host.ts";

/** Opens a host before the tests, and closes it after the last. */
export function wiredHost(): () => WiredHost {
  let host: WiredHost | undefined;
  beforeAll(async () => {
    host = await openWiredHost();
  });
  afterAll(() => host?.close());
  return () => {
    if (host === undefined) throw new Error("asked for before it was opened");
    return host;
  };
}

/** Returns both outputs, with the lines of the first that were folded joined again. */
export const text = ({ stdout, stderr }: { stdout: string; stderr: string }): string =>
  stdout.replace(/\n {12}(?=\S)/g, " ") + stderr;

/** Expects `enable` to fail and to change nothing. @returns its output */
export async function refused(host: WiredHost, ...words: readonly string[]): Promise<string> {
  const before = host.tree();
  const told = await host.sshd("enable", ...words);
  expect(told.status).toBe(1);
  expect(host.tree()).toEqual(before);
  return text(told);
}
