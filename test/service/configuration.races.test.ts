/**
 * Cases that no file system produces on demand: two changes within one tick of its clock, and reads that overtake each
 * other. Here the test sets the files' identities and the duration of each read.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { pinnedRoots } from "../../src/host/roots.ts";
import { Configuration } from "../../src/service/cache/configuration.ts";
import { type Anchor, readAnchors } from "../../src/verify/x509/anchor.ts";
import { fakeClock } from "../support/fake-clock.ts";

const mocked = vi.hoisted(() => ({
  identity: { identity: "one", changedMs: 0 },
  anchors: async (): Promise<readonly Anchor[]> => [],
}));
vi.mock("../../src/service/cache/file-identity.ts", () => ({
  identityOf: (paths: readonly string[]) => (paths.length === 0 ? { identity: "", changedMs: 0 } : mocked.identity),
}));
vi.mock("../../src/dependencies.ts", () => ({ loadAnchors: () => mocked.anchors() }));

beforeEach(() => {
  mocked.identity = { identity: "one", changedMs: 0 };
  mocked.anchors = async () => [];
});

function bench() {
  const folder = mkdtempSync("/tmp/eic-configuration-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "config.toml");
  const message = (seconds: number) =>
    writeFileSync(path, `[keys]\nclock_skew_seconds = ${seconds}\n`, { mode: 0o644 });
  const clock = fakeClock();
  const configuration = new Configuration<object>({ named: path, clock, createCaches: () => ({}) });
  const skew = async () => (await configuration.current()).settings.clockSkewSeconds;
  return { message, clock, configuration, skew };
}

test("a file that changed less than a second before it was read is read again, whatever the file's identity; later it is not", async () => {
  const { message, clock, skew } = bench();
  mocked.identity = { identity: "one", changedMs: clock.now().getTime() };
  message(100);
  expect(await skew()).toBe(100);
  message(200);
  expect(await skew()).toBe(200);
  clock.advance(999);
  message(300);
  expect(await skew()).toBe(300);
  clock.advance(2);
  expect(await skew()).toBe(300);
  // From here on the identity is trusted, and it says that nothing has changed.
  message(400);
  expect(await skew()).toBe(300);
});

test("a file that is read again within a tick, and names other anchors now, has everything forgotten, whatever the file's identity", async () => {
  const { message, clock, configuration } = bench();
  mocked.identity = { identity: "one", changedMs: clock.now().getTime() };
  message(100);
  const [first, second] = pinnedRoots().split(/(?<=-----END CERTIFICATE-----\n)/);
  mocked.anchors = async () => readAnchors(first ?? "", "first");
  const before = await configuration.current();
  expect((await configuration.current()).caches).toBe(before.caches);
  mocked.anchors = async () => readAnchors(second ?? "", "second");
  const after = await configuration.current();
  expect(after.caches).not.toBe(before.caches);
  expect(after.anchors).toEqual(readAnchors(second ?? "", "second"));
  message(200);
  expect((await configuration.current()).caches).not.toBe(after.caches);
});

test("a read that began before a change, and ends after one that began later, is not in force", async () => {
  const { message, configuration } = bench();
  message(100);
  const [reading, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<readonly Anchor[]>()];
  mocked.anchors = () => {
    reading.resolve();
    return slow.promise;
  };
  const old = configuration.current();
  await reading.promise;
  message(200);
  mocked.identity = { identity: "two", changedMs: 0 };
  mocked.anchors = async () => [];
  const later = await configuration.current();
  slow.resolve([]);
  // This call arrived before the change.
  expect((await old).settings.clockSkewSeconds).toBe(100);
  const now = await configuration.current();
  expect(now.settings.clockSkewSeconds).toBe(200);
  expect(now.caches).toBe(later.caches);
});
