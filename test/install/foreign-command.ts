/** A company's own AuthorizedKeysCommand, as some hosts have: it knows one key of bob, and runs as a separate user. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { type KeyPair, newKey } from "../support/sshd-keys.ts";
import type { Machine } from "./machine.ts";
import { BULLSEYE } from "./releases.ts";

export const CORP = { program: "/usr/local/libexec/corp-keys", user: "corp" } as const;

/** Its lines in sshd's configuration. */
export const CORP_LINES = `AuthorizedKeysCommand ${CORP.program} %u\nAuthorizedKeysCommandUser ${CORP.user}\n`;

/** Installs the program and its user; the test case configures sshd to call it. @returns the key that it knows */
export async function layCorpKeys({ tree, sh }: Machine): Promise<KeyPair> {
  const key = await newKey(tree);
  tree.write(CORP.program, `#!/bin/sh\nif [ "$1" = bob ]; then echo '${key.line}'; fi\n`, 0o755);
  await sh(`useradd --system --no-create-home --shell /usr/sbin/nologin ${CORP.user}`);
  return key;
}

export async function corpKeyOpens(machine: Machine, key: KeyPair): Promise<void> {
  const { status, stdout, stderr } = await machine.login("bob", key);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "bob\n", stderr: "" });
}

export async function corpKeyDoesNotOpen(machine: Machine, key: KeyPair): Promise<void> {
  const { status, stderr } = await machine.login("bob", key);
  expect({ status, stderr }).toEqual({ status: 255, stderr: expect.stringContaining("Permission denied (publickey") });
}

/** Returns the unit that starts sshd, and the command of its ExecStart. Debian 11's socket starts one for each connection. */
export const startOf = ({ kind: { release, mode } }: Machine): { unit: string; command: string } =>
  release === BULLSEYE && mode === "socket"
    ? { unit: "ssh@.service", command: "-/usr/sbin/sshd -i" }
    : { unit: "ssh.service", command: "/usr/sbin/sshd -D" };

/** Applies a change to the text of sshd_config. */
export function editMain({ tree }: Machine, change: (text: string) => string): void {
  const path = "/etc/ssh/sshd_config";
  tree.write(path, change(readFileSync(tree.outside(path), "utf8")));
}

/**
 * Applies a changed configuration as an administrator does: reloads sshd if it is a service, restarts it if it is started
 * by a socket. A reload returns before sshd listens again; sshd writes its pid file when it listens.
 */
export const reload = ({ kind, sh }: Machine): Promise<string> =>
  sh(kind.mode === "service" ? RELOAD : "systemctl try-restart ssh.service");

const RELOAD = `
  written() { stat --format=%y /run/sshd.pid 2>/dev/null || true; }
  before=$(written)
  systemctl reload ssh.service
  now=
  until [ -n "$now" ] && [ "$now" != "$before" ]; do sleep 0.02; now=$(written); done`;
