/** Files that control decisions: permitted writers, and the meaning of "absent". Tests of other owners need root. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTrustedFile } from "../../src/host/trusted-files.ts";

const isRoot = process.geteuid?.() === 0;
const NOBODY = 65534;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "eic-files-"));
  chmodSync(folder, 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Creates a file in a separate folder. */
function place(name: string, { mode = 0o644, folderMode = 0o755 } = {}): string {
  const parent = join(folder, name);
  mkdirSync(parent);
  const file = join(parent, "file");
  writeFileSync(file, name);
  chmodSync(file, mode);
  chmodSync(parent, folderMode);
  return file;
}

const read = (path: string, allowOwnFiles = true) => readTrustedFile({ path, allowOwnFiles, limit: 100 });
const refused = (code: string, message: RegExp | string) =>
  expect.objectContaining({
    code,
    message: typeof message === "string" ? expect.stringContaining(message) : expect.stringMatching(message),
  });

describe("a trusted file", () => {
  test("is read if it belongs to root or the effective user, and no other user can write it", () => {
    expect(read(place("good"))).toBe("good");
  });

  test("is read below a sticky folder, in which users cannot rename others' files", () => {
    expect(read(place("sticky", { folderMode: 0o1777 }))).toBe("sticky");
  });

  test.each([
    { name: "group-writable", mode: 0o664 },
    { name: "world-writable", mode: 0o646 },
  ])("is refused if it is $name", ({ name, mode }) => {
    expect(() => read(place(name, { mode }))).toThrow(refused("FILE_UNTRUSTED", "is writable by group or others"));
  });

  test.each([
    { name: "group-writable-folder", folderMode: 0o775 },
    { name: "world-writable-folder", folderMode: 0o757 },
  ])("is refused in a $name", ({ name, folderMode }) => {
    expect(() => read(place(name, { folderMode }))).toThrow(
      refused("FILE_UNTRUSTED", "is writable by group or others"),
    );
  });

  test("is refused if a folder far above it is writable", () => {
    const file = place("deep", { folderMode: 0o777 });
    const below = join(file, "..", "a", "b");
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, "file"), "x", { mode: 0o644 });
    expect(() => read(join(below, "file"))).toThrow(refused("FILE_UNTRUSTED", /deep is writable/));
  });

  test("is checked by its real path, not by a link's", () => {
    const real = place("behind-a-link", { folderMode: 0o777 });
    const link = join(folder, "link");
    symlinkSync(real, link);
    expect(() => read(link)).toThrow(refused("FILE_UNTRUSTED", /behind-a-link is writable/));
  });

  test("is absent only if nothing exists at its path", () => {
    expect(read(join(folder, "nothing"))).toBeUndefined();
  });

  test.each([
    { title: "a dangling link", make: (path: string) => symlinkSync(join(folder, "nowhere"), path), message: "ENOENT" },
    { title: "a folder", make: (path: string) => mkdirSync(path), message: "not a regular file" },
    { title: "a FIFO", make: (path: string) => execFileSync("mkfifo", [path]), message: "not a regular file" },
    { title: "a loop of links", make: (path: string) => symlinkSync(path, path), message: "ELOOP" },
  ])("is unreadable, not absent, if it is $title", ({ title, make, message }) => {
    const path = join(folder, title.replaceAll(" ", "-"));
    make(path);
    expect(() => read(path)).toThrow(refused("FILE_UNREADABLE", message));
  });

  test("is unreadable, not absent, below a dangling link", () => {
    symlinkSync(join(folder, "nowhere"), join(folder, "lost"));
    expect(() => read(join(folder, "lost", "file"))).toThrow(refused("FILE_UNREADABLE", "ENOENT"));
  });

  test("is also absent below an absent folder", () => {
    expect(read(join(folder, "no", "such", "file"))).toBeUndefined();
  });

  test("is refused if a link on its path is in a folder that others may write", () => {
    const file = place("well-kept");
    const open = join(folder, "open");
    mkdirSync(open);
    symlinkSync(file, join(open, "second"));
    symlinkSync(join(open, "second"), join(folder, "first"));
    expect(read(join(folder, "first"))).toBe("well-kept");
    chmodSync(open, 0o777);
    expect(() => read(join(folder, "first"))).toThrow(refused("FILE_UNTRUSTED", /open is writable/));
  });

  test("is unreadable, not absent, below a path that is not a folder", () => {
    expect(() => read(join(place("no-folder"), "file"))).toThrow(refused("FILE_UNREADABLE", "ENOTDIR"));
  });

  test("is the one that was opened, not one that has replaced it since", () => {
    // The kernel's link to an open file leads to the opened file. Its text is the path, marked once that file is deleted.
    const opened = place("opened");
    const fd = openSync(opened, "r");
    try {
      const link = `/proc/self/fd/${fd}`;
      expect(read(link)).toBe("opened");
      unlinkSync(opened);
      writeFileSync(`${opened} (deleted)`, "put there since", { mode: 0o644 });
      expect(() => read(link)).toThrow(refused("FILE_UNTRUSTED", "changed while it was opened"));
    } finally {
      closeSync(fd);
    }
  });

  test("is unreadable over its limit", () => {
    const file = place("large");
    writeFileSync(file, "x".repeat(101));
    expect(() => read(file)).toThrow(refused("FILE_UNREADABLE", "larger than 100 bytes"));
  });

  test("is read completely if the system does not report its size", () => {
    const text = readTrustedFile({ path: "/proc/version", allowOwnFiles: true, limit: 4096 });
    expect(text).toMatch(/^Linux version/);
  });
});

describe.runIf(isRoot)("ownership, as root", () => {
  test("another user's file is refused", () => {
    const file = place("another's");
    chownSync(file, NOBODY, NOBODY);
    expect(() => read(file)).toThrow(refused("FILE_UNTRUSTED", `belongs to user ${NOBODY}`));
  });

  test("another user's folder is refused", () => {
    const file = place("in-another's");
    chownSync(join(file, ".."), NOBODY, NOBODY);
    expect(() => read(file)).toThrow(refused("FILE_UNTRUSTED", `belongs to user ${NOBODY}`));
  });

  test.each([
    { allowOwnFiles: true, gives: "own" },
    { allowOwnFiles: false, gives: "FILE_UNTRUSTED" },
  ])("the effective user's own file is read only if it was named: $allowOwnFiles", ({ allowOwnFiles, gives }) => {
    const parent = join(folder, `own-${allowOwnFiles}`);
    mkdirSync(parent);
    writeFileSync(join(parent, "file"), "own", { mode: 0o644 });
    for (const path of [parent, join(parent, "file")]) chownSync(path, NOBODY, NOBODY);
    process.seteuid?.(NOBODY);
    try {
      const result = (() => {
        try {
          return read(join(parent, "file"), allowOwnFiles);
        } catch (error) {
          return (error as { code: string }).code;
        }
      })();
      expect(result).toBe(gives);
    } finally {
      process.seteuid?.(0);
    }
  });

  test("a file that may not be read is unreadable, not absent", () => {
    const file = place("secret", { mode: 0o600 });
    process.seteuid?.(NOBODY);
    try {
      expect(() => read(file)).toThrow(refused("FILE_UNREADABLE", "EACCES"));
    } finally {
      process.seteuid?.(0);
    }
  });
});
