/** Rereading of settings and anchors, and the effect of a Fault in them. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { pinnedRoots } from "../../src/host/roots.ts";
import { Configuration } from "../../src/service/cache/configuration.ts";
import { fakeClock } from "../support/fake-clock.ts";

const SETTLED = 2000;

function bench(text: string) {
  const folder = mkdtempSync("/tmp/eic-configuration-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "config.toml");
  writeFileSync(path, text, { mode: 0o644 });
  const clock = fakeClock();
  // Files get their times from the machine's clock, so this clock starts at the same time.
  clock.set(Date.now() - clock.now().getTime());
  const changes: string[] = [];
  let opened = 0;
  const configuration = new Configuration<number>({
    named: path,
    clock,
    createCaches: () => {
      opened += 1;
      return opened;
    },
    onInvalidation: (why) => changes.push(why),
  });
  return { folder, path, clock, configuration, changes, opened: () => opened };
}

let one: ReturnType<typeof bench>;
beforeEach(() => {
  one = bench("[keys]\nclock_skew_seconds = 100\n");
});

describe("the settings", () => {
  test("are read once as long as the file is unchanged", async () => {
    const { configuration, clock, opened } = one;
    const first = await configuration.current();
    clock.advance(SETTLED);
    await configuration.current();
    for (let i = 0; i < 5; i += 1) expect((await configuration.current()).caches).toBe(first.caches);
    expect(opened()).toBe(1);
  });

  test("are read again after a change, and the caches are cleared", async () => {
    const { configuration, path, clock, changes } = one;
    await configuration.current();
    clock.advance(SETTLED);
    await configuration.current();
    writeFileSync(path, "[keys]\nclock_skew_seconds = 200\n");
    const after = await configuration.current();
    expect([after.settings.clockSkewSeconds, after.caches, changes]).toEqual([200, 2, ["settings"]]);
  });

  test("that changed but have the same length and time are detected by their inode or ctime", async () => {
    const { configuration, path, clock } = one;
    await configuration.current();
    clock.advance(SETTLED);
    await configuration.current();
    writeFileSync(path, "[keys]\nclock_skew_seconds = 101\n");
    utimesSync(path, 0, 0);
    expect((await configuration.current()).settings.clockSkewSeconds).toBe(101);
  });

  test("that changed just now are read again: another change in the same tick would not be detected", async () => {
    const { configuration, path } = one;
    await configuration.current();
    // The same bytes: the cache remains, although the file was read again.
    expect((await configuration.current()).caches).toBe(1);
    writeFileSync(path, "[keys]\nclock_skew_seconds = 102\n");
    expect((await configuration.current()).settings.clockSkewSeconds).toBe(102);
  });

  test.each([
    { title: "removed", change: (path: string) => unlinkSync(path), code: "FILE_UNREADABLE" },
    { title: "broken", change: (path: string) => writeFileSync(path, "keys = ["), code: "SETTINGS_INVALID" },
    {
      title: "a folder",
      change: (path: string) => {
        unlinkSync(path);
        mkdirSync(path);
      },
      code: "FILE_UNREADABLE",
    },
    {
      title: "a dangling link",
      change: (path: string) => {
        unlinkSync(path);
        symlinkSync("/nowhere/at/all", path);
      },
      code: "FILE_UNREADABLE",
    },
  ])("$title are a Fault for each call, until they are correct again", async ({ change, code }) => {
    const { configuration, path, clock } = one;
    await configuration.current();
    clock.advance(SETTLED);
    await configuration.current();
    change(path);
    await expect(configuration.current()).rejects.toMatchObject({ code });
    await expect(configuration.current()).rejects.toMatchObject({ code });
    rmSync(path, { recursive: true, force: true });
    writeFileSync(path, "");
    expect((await configuration.current()).settings.clockSkewSeconds).toBe(300);
  });
});

describe("anchors", () => {
  test("are checked, too: another file in their place is read, an invalid one is a Fault", async () => {
    const { configuration, path, folder, clock, opened } = one;
    const anchors = join(folder, "anchors.pem");
    writeFileSync(anchors, pinnedRoots(), { mode: 0o644 });
    writeFileSync(path, `[trust]\nanchors = "${anchors}"\n`);
    expect((await configuration.current()).anchors).toHaveLength(5);
    clock.advance(SETTLED);
    await configuration.current();
    const before = opened();
    const first = `${pinnedRoots().split("-----END CERTIFICATE-----\n")[0]}-----END CERTIFICATE-----\n`;
    writeFileSync(anchors, first);
    expect((await configuration.current()).anchors).toHaveLength(1);
    expect(opened()).toBe(before + 1);
    writeFileSync(anchors, "nothing");
    await expect(configuration.current()).rejects.toMatchObject({ code: "ANCHORS_INVALID" });
  });
});

test("anchors in addition to the pinned ones are checked, too", async () => {
  const { configuration, path, folder, clock } = one;
  const extra = join(folder, "more.pem");
  const [first = "", second = ""] = pinnedRoots().split(/(?<=-----END CERTIFICATE-----\n)/);
  writeFileSync(extra, first, { mode: 0o644 });
  writeFileSync(path, `[trust]\nextra_anchors = "${extra}"\n`);
  const before = (await configuration.current()).anchors.length;
  clock.advance(SETTLED);
  await configuration.current();
  writeFileSync(extra, first + second);
  expect((await configuration.current()).anchors).toHaveLength(before + 1);
  rmSync(extra);
  await expect(configuration.current()).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
});

describe("the time of day", () => {
  test("that jumps by more than two seconds, or stopped during a suspend, clears the caches", async () => {
    const { configuration, clock, changes } = one;
    await configuration.current();
    clock.advance(SETTLED);
    clock.set(1000);
    await configuration.current();
    expect(changes).toEqual([]);
    clock.set(-10_000);
    expect((await configuration.current()).caches).toBe(2);
    clock.set(3_600_000);
    expect((await configuration.current()).caches).toBe(3);
    expect(changes).toEqual(["clock", "clock"]);
  });
});

test("simultaneous calls read it as often as needed, and agree", async () => {
  const { configuration } = one;
  const all = await Promise.all(Array.from({ length: 20 }, () => configuration.current()));
  expect(new Set(all.map(({ settings }) => settings.clockSkewSeconds))).toEqual(new Set([100]));
  const after = await configuration.current();
  expect(all.map(({ caches }) => caches)).toContain(after.caches);
});
