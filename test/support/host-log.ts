/**
 * A separate host log for a test: a mount namespace in which /usr/bin/logger, /dev/log or the journal belong to the test.
 * Nothing is ever written to the log of the machine that runs the tests.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/**
 * Mounting needs root: in a user namespace, other users' files, including /, appear to be owned by the user "nobody", and
 * the agent trusts none of them. In CI these tests always run, and fail if mounts are forbidden. Elsewhere they are
 * skipped, and vitest reports it.
 */
export const cannotMount =
  process.env.CI !== "true" &&
  spawnSync("unshare", ["--mount", "mount", "-t", "tmpfs", "none", "/mnt"], { stdio: "ignore" }).status !== 0;
if (cannotMount)
  process.stdout.write("not run: what takes a mount namespace (root): records in a syslog or a journal\n");

/** Creates a world-readable folder that is removed after the test. */
export function folder(): string {
  const at = mkdtempSync(join(tmpdir(), "eic-log-"));
  chmodSync(at, 0o755);
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  return at;
}

/** Returns a command line that runs `setup` (sh, errors are fatal), then `words`, in a private mount namespace. */
export const inside = (setup: string, words: readonly string[]): string[] => [
  "unshare",
  "--mount",
  "--propagation",
  "private",
  "sh",
  "-ec",
  `${setup}\nexec "$@"`,
  "sh",
  ...words,
];

/** A /dev with the few devices that programs need, changed by the commands in `more`, which see it as $DEV. */
const ownDev = (at: string, more = ""): string => `
  DEV='${at}/dev'; mkdir -p "$DEV"; mount -t tmpfs none "$DEV"
  for name in null zero full random urandom tty; do : >"$DEV/$name"; mount --bind "/dev/$name" "$DEV/$name"; done
  mkdir "$DEV/pts"; mount --rbind /dev/pts "$DEV/pts"; ln -s pts/ptmx "$DEV/ptmx"
  ${more}
  mount --rbind "$DEV" /dev`;

/** Setup for a machine without a syslog daemon. */
export const withoutSyslog = (at: string): string => ownDev(at);

/** Setup for a machine without logger(1). The other programs of /usr/bin are there. */
export const withoutLogger = (at: string): string => `
  mkdir '${at}/all' '${at}/bin'; mount --bind /usr/bin '${at}/all'; ln -s '${at}/all/'* '${at}/bin/'
  rm '${at}/bin/logger'; mount --bind '${at}/bin' /usr/bin`;

/** Setup that replaces logger(1) with a test program: `body` is that of a sh script. It has an empty environment. */
export function withLogger(at: string, body: string): string {
  const file = join(at, "logger");
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return `mount --bind '${file}' /usr/bin/logger`;
}

/** A syslog daemon: stores each datagram unchanged, and prints "ready" when it is ready. */
const KEEPER = `
  use IO::Socket::UNIX; $| = 1; my ($socket, $kept) = @ARGV;
  my $log = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $socket) or die "$!";
  chmod 0666, $socket; open my $file, ">>", $kept or die "$!"; select $file; $| = 1; select STDOUT; print "ready\\n";
  while (defined $log->recv(my $message, 65536)) { print $file "$message\\n" }`;

/** A syslog daemon that hangs: its queue is full, so a sender blocks. */
const HANGER = `
  use IO::Socket::UNIX; use IO::Handle; $| = 1; my ($socket) = @ARGV;
  my $log = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $socket) or die "$!";
  chmod 0666, $socket; my $sender = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $socket) or die "$!";
  $sender->blocking(0); 1 while defined $sender->send("full"); print "ready\\n"; sleep 600`;

export interface Syslog {
  /** For `inside`. */
  readonly setup: string;
  /** Returns the received messages, once there are at least `count`. */
  messages(count: number): Promise<string[]>;
}

/** Starts a syslog daemon that stores its messages, or one that hangs; returns the setup of a machine with it. */
export async function syslog(at: string, kind: "keeps" | "hangs" = "keeps"): Promise<Syslog> {
  const [socket, kept] = [join(at, "log.sock"), join(at, "messages")];
  const daemon = spawn("perl", ["-e", kind === "keeps" ? KEEPER : HANGER, socket, kept], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void daemon.kill("SIGKILL"));
  await ready(daemon);
  return {
    setup: ownDev(at, `ln -s '${socket}' "$DEV/log"`),
    messages: async (count) => {
      for (;;) {
        const found = existsSync(kept) ? readFileSync(kept, "latin1").split("\n").slice(0, -1) : [];
        if (found.length >= count) return found;
        await new Promise((next) => setTimeout(next, 10));
      }
    },
  };
}

async function ready({ stdout }: ChildProcess): Promise<void> {
  if (stdout === null || !String((await once(stdout, "data"))[0]).startsWith("ready")) throw new Error("not ready");
}

const JOURNALD = "/lib/systemd/systemd-journald";
export const cannotRunJournal = cannotMount || (!existsSync(JOURNALD) && process.env.CI !== "true");

/** Runs `words` with a separate journal; prints their standard output, then the journal's entries, each as a JSON line. */
export function withJournal(at: string, words: readonly string[]): string[] {
  mkdirSync(join(at, "run"));
  writeFileSync(join(at, "machine-id"), `${"0123456789abcdef".repeat(2)}\n`);
  const setup = `
    mount -t tmpfs none /run; mkdir -p /run/systemd/journald.conf.d /run/log/journal
    mount --bind '${at}/machine-id' /etc/machine-id
    printf '[Journal]\\nAudit=no\\nReadKMsg=no\\nStorage=volatile\\n' >/run/systemd/journald.conf.d/own.conf
    ${JOURNALD} >/dev/null 2>&1 & journald=$!
    until [ -S /run/systemd/journal/io.systemd.journal ]; do sleep 0.02; done
    "$@" >'${at}/out' || status=$?
    journalctl --sync; cat '${at}/out'; journalctl --directory=/run/log/journal --no-pager --output=json SYSLOG_IDENTIFIER=eic-agent
    kill $journald; exit "\${status:-0}"`;
  return inside(setup, words);
}
