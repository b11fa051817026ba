/** sshd's rule for a command's file: the pure rule as a table. sshd.test.ts compares it with the real sshd. */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { lookUpPath, type PathPart, reachFlaw, safePathFlaw } from "../../src/sshd/inspect/safe-path.ts";

const ROOT: PathPart = { path: "/", kind: "folder", uid: 0, gid: 0, mode: 0o755 };
const FOLDER: PathPart = { ...ROOT, path: "/opt" };
const FILE: PathPart = { ...ROOT, path: "/opt/x", kind: "file" };

describe("safePathFlaw", () => {
  test.each([
    { title: "root's alone", file: FILE, folder: FOLDER, at: undefined },
    { title: "readable by root only", file: { ...FILE, mode: 0o700 }, folder: FOLDER, at: undefined },
    { title: "set-user-id", file: { ...FILE, mode: 0o4755 }, folder: FOLDER, at: undefined },
    { title: "another user's file", file: { ...FILE, uid: 1000 }, folder: FOLDER, at: "/opt/x" },
    { title: "writable by its group, even root's", file: { ...FILE, mode: 0o775 }, folder: FOLDER, at: "/opt/x" },
    { title: "writable by all", file: { ...FILE, mode: 0o757 }, folder: FOLDER, at: "/opt/x" },
    { title: "in another user's folder", file: FILE, folder: { ...FOLDER, uid: 1000 }, at: "/opt" },
    { title: "in a folder writable by a group", file: FILE, folder: { ...FOLDER, mode: 0o775 }, at: "/opt" },
    { title: "in a sticky folder", file: FILE, folder: { ...FOLDER, mode: 0o1777 }, at: "/opt" },
    { title: "no file", file: { ...FILE, kind: "folder" } as const, folder: FOLDER, at: "/opt/x" },
  ])("$title", ({ file, folder, at }) => {
    expect(safePathFlaw([file, folder, ROOT])?.part.path).toBe(at);
  });
});

describe("reachFlaw", () => {
  const user = { uid: 7, groups: [8, 9] };
  test.each([
    { title: "open to all", file: FILE, folder: FOLDER, at: undefined },
    { title: "readable and not executable", file: { ...FILE, mode: 0o644 }, folder: FOLDER, at: "/opt/x" },
    { title: "root's alone", file: { ...FILE, mode: 0o700 }, folder: FOLDER, at: "/opt/x" },
    { title: "by a second group", file: { ...FILE, gid: 9, mode: 0o750 }, folder: FOLDER, at: undefined },
    {
      title: "closed to the group, open to others",
      file: { ...FILE, gid: 8, mode: 0o705 },
      folder: FOLDER,
      at: "/opt/x",
    },
    { title: "closed to its owner", file: { ...FILE, uid: 7, mode: 0o077 }, folder: FOLDER, at: "/opt/x" },
    { title: "in a closed folder", file: FILE, folder: { ...FOLDER, mode: 0o700 }, at: "/opt" },
  ])("$title", ({ file, folder, at }) => {
    expect(reachFlaw([file, folder, ROOT], user, "execute")?.path).toBe(at);
  });

  test("lets root read everything, and execute files with any execute bit", () => {
    const root = { uid: 0, groups: [0] };
    const closed = [{ ...FILE, uid: 7, mode: 0o000 }, { ...FOLDER, mode: 0o000 }, ROOT];
    expect(reachFlaw(closed, root, "read")).toBeUndefined();
    expect(reachFlaw(closed, root, "execute")?.path).toBe("/opt/x");
  });
});

describe("lookUpPath", () => {
  test("checks the real file, and its folders", () => {
    const folder = mkdtempSync("/tmp/eic-test-");
    onTestFinished(() => rmSync(folder, { recursive: true }));
    symlinkSync("/usr/bin/env", join(folder, "link"));
    const look = lookUpPath(join(folder, "link"));
    const parts = look.kind === "found" ? look.parts.map(({ path }) => path) : [];
    expect(parts.at(0)).toMatch(/\/env$|coreutils/);
    expect(parts.at(-1)).toBe("/");
    expect(parts).not.toContain(folder);
  });

  test.each([
    { path: "/no/such/file", code: "ENOENT" },
    { path: "/etc/passwd/x", code: "ENOTDIR" },
  ])("reports the missing part of $path", ({ path, code }) => {
    expect(lookUpPath(path)).toEqual({ kind: "missing", code });
  });
});
