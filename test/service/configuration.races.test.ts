/**
 * Cases that no file system produces on demand: two changes within one tick of its clock, and reads that overtake each
 * other. Here the test sets the files' stamps and the duration of each read.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { pinnedRoots } from "../../src/host/roots.ts";
import { Configuration } from "../../src/service/cache/configuration.ts";
import { type Anchor, readAnchors } from "../../src/verify/x509/anchor.ts";
import { fakeClock } from "../support/fake-clock.ts";

const mocked = vi.hoisted(() => ({
  stamp: { text: "one", changed: 0 },
  anchors: async (): Promise<readonly Anchor[]> => [],
}));
vi.mock("../../src/service/cache/file-identity.ts", () => ({
  identityOf: (paths: readonly string[]) => (paths.length === 0 ? { text: "", changed: 0 } : mocked.stamp),
}));
vi.mock("../../src/dependencies.ts", () => ({ loadAnchors: () => mocked.anchors() }));

beforeEach(() => {
  mocked.stamp = { text: "one", changed: 0 };
  mocked.anchors = async () => [];
});

function bench() {
  const folder = mkdtempSync("/tmp/eic-configuration-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "config.toml");
  const says = (seconds: number) => writeFileSync(path, `[keys]\nclock_skew_seconds = ${seconds}\n`, { mode: 0o644 });
  const clock = fakeClock();
  const configuration = new Configuration<object>({ named: path, clock, open: () => ({}) });
  const skew = async () => (await configuration.current()).settings.clockSkewSeconds;
  return { says, clock, configuration, skew };
}

test("a file that changed less than a second before it was read is read again, with any identity; later it is not", async () => {
  const { says, clock, skew } = bench();
  mocked.stamp = { text: "one", changed: clock.now().getTime() };
  says(100);
  expect(await skew()).toBe(100);
  says(200);
  expect(await skew()).toBe(200);
  clock.advance(999);
  says(300);
  expect(await skew()).toBe(300);
  clock.advance(2);
  expect(await skew()).toBe(300);
  // From here on the stamp is trusted, and it says that nothing has changed.
  says(400);
  expect(await skew()).toBe(300);
});

test("a file that is read again within a tick, and names other anchors now, clears all caches, with any identity", async () => {
  const { says, clock, configuration } = bench();
  mocked.stamp = { text: "one", changed: clock.now().getTime() };
  says(100);
  const [first, second] = pinnedRoots().split(/(?<=-----END CERTIFICATE-----\n)/);
  mocked.anchors = async () => readAnchors(first ?? "", "first");
  const before = await configuration.current();
  expect((await configuration.current()).remembered).toBe(before.remembered);
  mocked.anchors = async () => readAnchors(second ?? "", "second");
  const after = await configuration.current();
  expect(after.remembered).not.toBe(before.remembered);
  expect(after.anchors).toEqual(readAnchors(second ?? "", "second"));
  says(200);
  expect((await configuration.current()).remembered).not.toBe(after.remembered);
});

test("a read that began before a change, and ends after one that began later, is not in force", async () => {
  const { says, configuration } = bench();
  says(100);
  const [reading, slow] = [Promise.withResolvers<void>(), Promise.withResolvers<readonly Anchor[]>()];
  mocked.anchors = () => {
    reading.resolve();
    return slow.promise;
  };
  const old = configuration.current();
  await reading.promise;
  says(200);
  mocked.stamp = { text: "two", changed: 0 };
  mocked.anchors = async () => [];
  const later = await configuration.current();
  slow.resolve([]);
  // This call arrived before the change.
  expect((await old).settings.clockSkewSeconds).toBe(100);
  const now = await configuration.current();
  expect(now.settings.clockSkewSeconds).toBe(200);
  expect(now.remembered).toBe(later.remembered);
});
