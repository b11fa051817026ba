/** Programs that may be run: sshd's rule for its AuthorizedKeysCommand. Most tests need root, and a folder owned by root. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkTrustedProgram } from "../../src/host/program.ts";

const isRoot = process.geteuid?.() === 0;
const NOBODY = 65534;
const SCRIPT = "#!/bin/sh\necho theirs\n";

const refused = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

describe("a program", () => {
  test.each(["/bin/sh", "/usr/bin/env", "/bin/../bin/./sh", "//bin/sh"])(
    "that belongs to the system may be run: %s",
    (path) => {
      expect(() => checkTrustedProgram(path)).not.toThrow();
    },
  );

  test.each([
    { path: "", message: "not an absolute path" },
    { path: "sh", message: "not an absolute path" },
    { path: "./bin/sh", message: "not an absolute path" },
    { path: "/no/such/program", message: "ENOENT" },
    { path: "/bin/sh/", message: "ENOTDIR" },
    { path: "/bin/sh/../sh", message: "ENOTDIR" },
    { path: "/usr", message: "not a regular file" },
    { path: "/dev/null", message: "not a regular file" },
    { path: "/etc/passwd", message: "EACCES" },
    { path: `/${"x".repeat(300)}`, message: "ENAMETOOLONG" },
  ])("is refused: $path", ({ path, message }) => {
    expect(() => checkTrustedProgram(path)).toThrow(refused("FILE_UNREADABLE", message));
  });

  test("below a sticky folder is not run: sshd makes no exception for one", () => {
    const folder = mkdtempSync(join(tmpdir(), "eic-program-"));
    const path = join(folder, "script");
    writeFileSync(path, SCRIPT, { mode: 0o755 });
    try {
      expect(() => checkTrustedProgram(path)).toThrow(
        refused("FILE_UNTRUSTED", `${tmpdir()} is writable by group or others`),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.runIf(isRoot)("a program in a folder of root's, as root", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync("/run/eic-program-");
    chmodSync(folder, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Creates a script in a separate folder, then applies `change` to both. */
  function place(name: string, change: (file: string, parent: string) => void = () => undefined): string {
    const parent = join(folder, name.replaceAll(" ", "-"));
    mkdirSync(parent, { mode: 0o755 });
    const file = join(parent, "script");
    writeFileSync(file, SCRIPT);
    chmodSync(file, 0o755);
    change(file, parent);
    return file;
  }

  test.each([
    { name: "a script", change: () => undefined },
    { name: "a binary", change: (file: string) => copyFileSync("/bin/echo", file) },
    { name: "executable for some", change: (file: string) => chmodSync(file, 0o550) },
    { name: "of another group", change: (file: string) => chownSync(file, 0, NOBODY) },
  ])("may be run: $name", ({ name, change }) => {
    expect(() => checkTrustedProgram(place(name, change))).not.toThrow();
  });

  test.each([
    { name: "writable by its group", change: (file: string) => chmodSync(file, 0o775), message: "script is writable" },
    { name: "writable by all", change: (file: string) => chmodSync(file, 0o757), message: "script is writable" },
    {
      name: "of another user",
      change: (file: string) => chownSync(file, NOBODY, 0),
      message: `belongs to user ${NOBODY}`,
    },
    {
      name: "in a folder that its group may write",
      change: (_: string, parent: string) => chmodSync(parent, 0o775),
      message: "write is writable",
    },
    {
      name: "in a folder that all may write",
      change: (_: string, parent: string) => chmodSync(parent, 0o777),
      message: "write is writable",
    },
    {
      name: "in a sticky folder",
      change: (_: string, parent: string) => chmodSync(parent, 0o1777),
      message: "folder is writable",
    },
    {
      name: "in a folder of another user",
      change: (_: string, parent: string) => chownSync(parent, NOBODY, 0),
      message: `user belongs to user ${NOBODY}`,
    },
  ])("is not run: $name", ({ name, change, message }) => {
    expect(() => checkTrustedProgram(place(name, change))).toThrow(refused("FILE_UNTRUSTED", message));
  });

  test.each([
    { name: "not executable", change: (file: string) => chmodSync(file, 0o644), message: "EACCES" },
    { name: "no interpreter", change: (file: string) => writeFileSync(file, "echo x\n"), message: "begins with #!" },
    { name: "empty", change: (file: string) => writeFileSync(file, ""), message: "begins with #!" },
    {
      name: "a FIFO",
      change: (file: string) => {
        rmSync(file);
        execFileSync("mkfifo", ["-m", "755", file]);
      },
      message: "not a regular file",
    },
    {
      name: "a link to nowhere",
      change: (file: string) => {
        rmSync(file);
        symlinkSync("/no/such", file);
      },
      message: "ENOENT",
    },
    {
      name: "a link to itself",
      change: (file: string) => {
        rmSync(file);
        symlinkSync(file, file);
      },
      message: "ELOOP",
    },
  ])("is refused: $name", ({ name, change, message }) => {
    expect(() => checkTrustedProgram(place(name, change))).toThrow(refused("FILE_UNREADABLE", message));
  });

  test("is checked far above, too", () => {
    const file = place("far", (_, parent) => chmodSync(parent, 0o775));
    const below = join(file, "..", "a", "b");
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, "script"), SCRIPT, { mode: 0o755 });
    expect(() => checkTrustedProgram(join(below, "script"))).toThrow(refused("FILE_UNTRUSTED", "far is writable"));
  });

  test("may be named by a link, and is checked at the link's target and at the link", () => {
    const file = place("linked");
    const links = join(folder, "links");
    mkdirSync(links, { mode: 0o755 });
    symlinkSync(file, join(links, "link"));
    expect(() => checkTrustedProgram(join(links, "link"))).not.toThrow();
    chmodSync(file, 0o775);
    expect(() => checkTrustedProgram(join(links, "link"))).toThrow(refused("FILE_UNTRUSTED", "script is writable"));
    chmodSync(file, 0o755);
    chmodSync(links, 0o1777);
    expect(() => checkTrustedProgram(join(links, "link"))).toThrow(refused("FILE_UNTRUSTED", "links is writable"));
  });

  test("is found through a link to a folder and .. as the kernel finds it", () => {
    const file = place("deep/er".replace("/", "-"));
    symlinkSync(join(file, ".."), join(folder, "way"));
    writeFileSync(join(folder, "beside"), SCRIPT, { mode: 0o755 });
    expect(() => checkTrustedProgram(`${folder}/way/../beside`)).not.toThrow();
  });

  test("of the effective user is not run: it must be root's", () => {
    const file = place("own", (path, parent) => {
      for (const one of [parent, path]) chownSync(one, NOBODY, NOBODY);
    });
    process.seteuid?.(NOBODY);
    try {
      expect(() => checkTrustedProgram(file)).toThrow(refused("FILE_UNTRUSTED", `belongs to user ${NOBODY}`));
    } finally {
      process.seteuid?.(0);
    }
  });

  test("that is executable but not readable is run", () => {
    const file = place("unreadable", (path) => {
      copyFileSync("/bin/echo", path);
      chmodSync(path, 0o711);
    });
    process.seteuid?.(NOBODY);
    try {
      expect(() => checkTrustedProgram(file)).not.toThrow();
    } finally {
      process.seteuid?.(0);
    }
  });
});
