/** How the running sshd is made to read its files: never in a way that ends it or a connection. */
import { describe, expect, test } from "vitest";
import { asCommand, FUTURE, planReload } from "../../src/sshd/inspect/reload-plan.ts";
import { type Process, type SshdProcess, settingWordsOf } from "../../src/sshd/inspect/sshd-process.ts";

const AWS = "-o AuthorizedKeysCommand /opt/aws/bin/eic_run_authorized_keys %u %f -o AuthorizedKeysCommandUser nobody";
const process = (line = "/usr/sbin/sshd -D", readAt?: Date): Process => ({ pid: 7, line, readAt });
const service = {
  kind: "service",
  unit: "ssh.service",
  socket: undefined,
  keepsConnections: true,
  needsDaemonReload: false,
} as const;

describe("for files that were changed just now", () => {
  const needed = { words: [] as string[], changedAt: FUTURE, units: false, unit: "ssh.service", changed: true };
  test.each<{ title: string; running: SshdProcess; units?: boolean; words?: string[]; runs: string | undefined }>([
    { title: "nothing runs", running: { kind: "no-system" }, runs: undefined },
    {
      title: "a socket waits",
      running: { kind: "idle", socket: "ssh.socket", needsDaemonReload: false },
      runs: undefined,
    },
    {
      title: "one for each connection",
      running: { kind: "per-connection", socket: "sshd.socket", needsDaemonReload: true },
      runs: undefined,
    },
    {
      title: "the same, and its unit was changed",
      running: { kind: "per-connection", socket: "sshd.socket", needsDaemonReload: false },
      units: true,
      runs: "systemctl daemon-reload",
    },
    { title: "a service", running: { ...service, process: process() }, runs: "systemctl reload ssh.service" },
    {
      title: "a service with a unit that was changed",
      running: { ...service, process: process() },
      units: true,
      runs: "systemctl daemon-reload && systemctl reload ssh.service",
    },
    {
      title: "a service behind a socket",
      running: { ...service, socket: "ssh.socket", process: process() },
      runs: "systemctl try-restart ssh.service",
    },
    {
      title: "a service with an old command line",
      running: { ...service, needsDaemonReload: true, process: process(`/usr/sbin/sshd -D ${AWS}`) },
      runs: "systemctl daemon-reload && systemctl try-restart ssh.service",
    },
    {
      title: "a service with the command line that it has",
      running: { ...service, process: process(`/usr/sbin/sshd -D ${AWS}`) },
      words: [
        "-o",
        "AuthorizedKeysCommand /opt/aws/bin/eic_run_authorized_keys %u %f",
        "-o",
        "AuthorizedKeysCommandUser nobody",
      ],
      runs: "systemctl reload ssh.service",
    },
    {
      title: "a service whose command line cannot be seen",
      running: { ...service, process: process("") },
      runs: "systemctl reload ssh.service",
    },
    {
      title: "a process of another origin",
      running: { kind: "process", process: process(), verified: true },
      runs: "kill -HUP 7",
    },
    {
      title: "systemd does not say",
      running: { kind: "unknown", message: "x" },
      runs: "systemctl try-restart ssh.service",
    },
  ])("$title", ({ running, units = false, words = [], runs }) => {
    const steps = planReload({ ...needed, running, units, words });
    expect(steps && asCommand(steps)).toBe(runs);
  });
});

describe("for files that were not changed now", () => {
  const changedAt = new Date(1000);
  const needed = { words: [], changedAt, units: false, unit: "ssh.service", changed: false };
  test.each([
    { title: "it has read them since", readAt: new Date(1000), runs: undefined },
    { title: "it has not", readAt: new Date(999), runs: "systemctl reload ssh.service" },
    { title: "it is not known", readAt: undefined, runs: undefined },
  ])("$title", ({ readAt, runs }) => {
    const steps = planReload({ ...needed, running: { ...service, process: process("/usr/sbin/sshd -D", readAt) } });
    expect(steps && asCommand(steps)).toBe(runs);
  });
});

test.each([
  { line: "/usr/sbin/sshd -D", words: [] },
  {
    line: `/usr/sbin/sshd -D ${AWS}`,
    words: [
      "-o",
      "AuthorizedKeysCommand /opt/aws/bin/eic_run_authorized_keys %u %f",
      "-o",
      "AuthorizedKeysCommandUser nobody",
    ],
  },
  { line: "/usr/sbin/sshd -D -f /etc/other -p 22", words: ["-f", "/etc/other"] },
  {
    line: "sshd -oPort=22 -D -oAuthorizedKeysCommand=/x -- %u",
    words: ["-o", "Port=22", "-o", "AuthorizedKeysCommand=/x -- %u"],
  },
])("the settings in $line are $words", ({ line, words }) => {
  expect(settingWordsOf({ line })).toEqual(words);
});
