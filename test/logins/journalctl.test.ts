/** What becomes of journalctl's ways to end, with a program of the test in its place. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Entry } from "../../src/logins/entry.ts";
import { journalBegin, readJournal } from "../../src/logins/read/journal.ts";
import { folder } from "../support/host-log.ts";

const ENTRY = JSON.stringify({
  MESSAGE: "Accepted password for alice from 203.0.113.7 port 1 ssh2",
  _UID: "0",
  SYSLOG_IDENTIFIER: "sshd",
  __REALTIME_TIMESTAMP: "1764367200123456",
});

function journalctl(body: string): { program: string; calls: () => string[] } {
  const at = folder();
  const program = join(at, "journalctl");
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$*" >>'${at}/calls'\n${body}\n`);
  chmodSync(program, 0o755);
  return { program, calls: () => readFileSync(join(at, "calls"), "utf8").trimEnd().split("\n") };
}

async function read(program: string): Promise<string[]> {
  const entries: Entry[] = [];
  const request = { journalctl: program, recorders: new Set([990]), since: new Date(1_764_000_000_500) };
  await readJournal(request, (entry) => entries.push(entry));
  return entries.map(({ message }) => message);
}

test("it is asked for trusted fields only, from the time on", async () => {
  const { program, calls } = journalctl(`echo '${ENTRY}'`);
  expect(await read(program)).toHaveLength(1);
  expect(calls()).toHaveLength(1);
  expect(calls()[0]).toContain(" --since=@1764000000 ");
  expect(calls()[0]).toMatch(
    / _UID=0 SYSLOG_IDENTIFIER=sshd SYSLOG_IDENTIFIER=sshd-session SYSLOG_IDENTIFIER=sshd-auth \+ _SYSTEMD_UNIT=eic-agent\.service \+ _UID=990 SYSLOG_IDENTIFIER=eic-agent$/,
  );
});

test("a version without regular expressions is asked again, without one", async () => {
  const { program, calls } = journalctl(`
    case "$*" in *--grep*) echo 'Compiled without pattern matching support' >&2; exit 1;; esac
    echo '{"MESSAGE":"Failed password"}'; echo '${ENTRY}'`);
  expect(await read(program)).toHaveLength(1);
  expect(calls().map((call) => call.includes("--grep"))).toEqual([true, false]);
});

test("1 without a message means that nothing matched", async () => {
  expect(await read(journalctl("exit 1").program)).toEqual([]);
});

test.each([
  { body: "echo 'Failed to open files' >&2; exit 1", said: /^Failed to open files$/ },
  { body: `echo '${ENTRY}'; exit 3`, said: /^journalctl failed and printed no reason$/ },
  { body: "kill -9 $$", said: /^journalctl failed and printed no reason$/ },
])("$body is an error", async ({ body, said }) => {
  await expect(read(journalctl(body).program)).rejects.toThrow(said);
});

test("a missing program is an error", async () => {
  await expect(read(join(folder(), "none"))).rejects.toThrow(/ENOENT/);
});

test("the oldest entry is the first line, and the rest is not read", async () => {
  const endless = `echo '{"__REALTIME_TIMESTAMP":"1764367200123456"}'; while :; do echo '${ENTRY}'; done`;
  expect((await journalBegin(journalctl(endless).program))?.getTime()).toBe(1_764_367_200_123.456 - 0.456);
  expect(await journalBegin(journalctl("exit 0").program)).toBeUndefined();
});
