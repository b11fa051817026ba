/** Listening sshd processes in a folder laid out as /proc, and which of them do not run our command but should. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lookForListeners } from "../../src/sshd/inspect/listeners.ts";
import { deaf, type Listening } from "../../src/sshd/inspect/unwired.ts";

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), "eic-proc-"));
});
afterEach(() => rmSync(proc, { recursive: true }));

/** Returns a row of /proc/net/tcp (proc(5)); 0A is LISTEN, 01 is ESTABLISHED. */
const row = (port: number, state: "0A" | "01", inode: number) =>
  `   0: 00000000:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100\n`;

interface Given {
  readonly cmdline: string;
  readonly exe?: string;
  /** Undefined if its sockets cannot be seen. */
  readonly sockets?: readonly { port: number; state: "0A" | "01" }[] | undefined;
  readonly root?: string;
}

function lay(pid: number, { cmdline, exe = "/usr/sbin/sshd", sockets, root = "/" }: Given): void {
  const at = join(proc, String(pid));
  mkdirSync(join(at, "net"), { recursive: true });
  writeFileSync(join(at, "stat"), "");
  writeFileSync(join(at, "cmdline"), cmdline);
  symlinkSync(exe, join(at, "exe"));
  symlinkSync(root, join(at, "root"));
  if (sockets === undefined) return;
  mkdirSync(join(at, "fd"));
  sockets.forEach((_, i) => {
    symlinkSync(`socket:[${pid * 10 + i}]`, join(at, "fd", String(3 + i)));
  });
  const head = "  sl  local_address rem_address   st\n";
  writeFileSync(
    join(at, "net/tcp"),
    head + sockets.map(({ port, state }, i) => row(port, state, pid * 10 + i)).join(""),
  );
}

const LISTENS = [{ port: 22, state: "0A" }] as const;
const TITLE = "sshd: /usr/sbin/sshd -D -f /etc/ssh/other config -o Port=22 [listener] 0 of 10-100 startups\0\0\0";

describe("an sshd that listens", () => {
  test.each<{ title: string; given: Given; gives: object | undefined }>([
    {
      title: "shows its arguments in its process title",
      given: { cmdline: TITLE, sockets: LISTENS },
      gives: { ports: [22], words: ["-f", "/etc/ssh/other config", "-o", "Port=22"], hasOtherRoot: false },
    },
    {
      title: "shows its arguments as they were given",
      given: { cmdline: "/usr/sbin/sshd\0-D\0-f\0/etc/x y\0-C\0user=a\0", sockets: LISTENS },
      gives: { words: ["-f", "/etc/x y"], program: "/usr/sbin/sshd" },
    },
    {
      title: "with another program",
      given: { cmdline: "/opt/ssh/sbin/sshd\0-D\0", exe: "/opt/ssh/sbin/sshd", sockets: LISTENS },
      gives: { program: "/opt/ssh/sbin/sshd", words: [] },
    },
    {
      title: "whose program has been replaced",
      given: { cmdline: TITLE, exe: "/usr/sbin/sshd (deleted)", sockets: LISTENS },
      gives: { program: undefined },
    },
    {
      title: "whose sockets are not visible",
      given: { cmdline: TITLE, sockets: undefined },
      gives: { ports: undefined },
    },
    {
      title: "in a container",
      given: { cmdline: TITLE, sockets: LISTENS, root: "/proc" },
      gives: { hasOtherRoot: true },
    },
    {
      title: "not: a connection",
      given: { cmdline: "sshd: alice [priv]\0", sockets: [{ port: 22, state: "01" }] },
      gives: undefined,
    },
    {
      title: "not: for one connection, from inetd",
      given: { cmdline: "/usr/sbin/sshd\0-i\0", sockets: undefined },
      gives: undefined,
    },
    { title: "not: a question", given: { cmdline: "/usr/sbin/sshd\0-T\0", sockets: [] }, gives: undefined },
    {
      title: "not: another program that takes its name",
      given: { cmdline: TITLE, exe: "/usr/bin/sleep", sockets: LISTENS },
      gives: undefined,
    },
    { title: "not: a thread of the kernel", given: { cmdline: "" }, gives: undefined },
  ])("$title", ({ given, gives }) => {
    lay(7, given);
    const { found } = lookForListeners(proc);
    if (gives === undefined) expect(found).toEqual([]);
    else expect(found).toMatchObject([{ pid: 7, ...gives }]);
  });

  test("is reported for each, by number; if the first process is hidden, not all were seen", () => {
    lay(20, { cmdline: TITLE, sockets: LISTENS });
    lay(3, { cmdline: "/usr/sbin/sshd\0", sockets: [{ port: 2222, state: "0A" }] });
    expect(lookForListeners(proc)).toMatchObject({
      found: [{ pid: 3, ports: [2222] }, { pid: 20 }],
      isComplete: false,
    });
    lay(1, { cmdline: "/sbin/init\0", exe: "/sbin/init", sockets: LISTENS });
    expect(lookForListeners(proc).isComplete).toBe(true);
  });
});

describe("the sshd that should ask eic-agent and does not", () => {
  const one = (pid: number, scope: Listening["scope"], port: number, hasOtherRoot = false): Listening => ({
    ...{ pid, ports: [port], words: [], program: "/usr/sbin/sshd", hasOtherRoot, main: "/x", scope, why: undefined },
  });
  test.each<{ title: string; sshds: Listening[]; deaf: number[] }>([
    { title: "none listens", sshds: [], deaf: [] },
    { title: "it does", sshds: [one(1, "all", 22)], deaf: [] },
    { title: "the only one", sshds: [one(1, "none", 2222)], deaf: [1] },
    { title: "the one on port 22, and one that does", sshds: [one(1, "none", 22), one(2, "some", 24)], deaf: [1] },
    { title: "another one, and one that does", sshds: [one(1, "all", 22), one(2, "none", 2222)], deaf: [] },
    { title: "a container's", sshds: [one(1, "all", 22), one(2, "none", 22, true)], deaf: [] },
    { title: "one that cannot be queried", sshds: [one(1, "unknown", 22)], deaf: [] },
  ])("$title: $deaf", ({ sshds, deaf: told }) => {
    expect(deaf({ sshds, isComplete: true }).map(({ pid }) => pid)).toEqual(told);
  });
});
