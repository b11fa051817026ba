/**
 * A question to the real sshd for each row of src/sshd/inspect/openssh-versions.ts: a script that succeeds if the row is true
 * for that sshd. It runs in a tree that is not booted, with a drop-in for its lines.
 */
import type { OPENSSH } from "../../src/sshd/inspect/openssh-versions.ts";
import type { KeyPair } from "../support/sshd-keys.ts";
import { CORP, CORP_LINES } from "./foreign-command.ts";
import type { Machine } from "./machine.ts";

/** Rows that only a login shows. */
export type ByLogin = "connectionTokens" | "commandNone" | "revokedNone";

const CONNECTION = "-C user=alice,host=h,addr=192.0.2.1,laddr=192.0.2.2,lport=22,rdomain=";
/** Whether `sshd -T` has a line, in any case of letters. */
const has = (pattern: string, words = "") => `sshd -T ${words} | grep -iqE '${pattern}'`;
const accepts = (lines: string) => `write '${lines}'; sshd -t 2>/dev/null`;
const COMMAND = "AuthorizedKeysCommand /bin/true %u %f\\nAuthorizedKeysCommandUser root\\n";
const PRINCIPALS = "AuthorizedPrincipalsCommand /bin/true %u\\nAuthorizedPrincipalsCommandUser root\\n";

export const QUESTIONS: Readonly<Record<Exclude<keyof typeof OPENSSH, ByLogin>, string>> = {
  commandWords: `write '${COMMAND}'; ${has("^authorizedkeyscommand /bin/true %u %f$")}`,
  rsaBySignature: has("^pubkeyaccepted(algorithms|keytypes) .*rsa-sha2-512,rsa-sha2-256"),
  environmentList: `write 'PermitUserEnvironment EIC_A,EIC_B\\n'; ${has("^permituserenvironment EIC_A,EIC_B$")}`,
  include: `printf 'MaxSessions 7\\n' >/etc/ssh/included; write 'Include /etc/ssh/included\\n'; ${has("^maxsessions 7$")}`,
  acceptedAlgorithms: has("^pubkeyacceptedalgorithms "),
  principalsIgnored: `write '${COMMAND}${PRINCIPALS}'; ${has("^authorizedprincipalscommand none$")}`,
  requiredRsaSize: has("^requiredrsasize "),
  versionOption: "sshd -V 2>/dev/null >/dev/null",
  printOption: "mv /etc/ssh/ssh_host_* /root/; sshd -G >/dev/null 2>&1",
  sessionProgram: "test -x /usr/lib/openssh/sshd-session",
  penalties: has("^persourcepenalties "),
  refuseConnection: `write 'Match User alice\\nRefuseConnection yes\\n'; ${has("^refuseconnection yes$", CONNECTION)}`,
  matchInvalidUser: accepts("Match Invalid-User\\nPermitTTY no\\n"),
  authProgram: "test -x /usr/lib/openssh/sshd-auth",
  revokedFiles: accepts("RevokedKeys /etc/hostname /etc/hosts\\n"),
  mixedCase: "sshd -T | grep -q '^PermitTTY '",
};

/** Lines of sshd's configuration with which a login of bob shows a row. */
export const LINES: Readonly<Record<ByLogin, string>> = {
  connectionTokens: `AuthorizedKeysCommand ${CORP.program} %u %C %D\nAuthorizedKeysCommandUser ${CORP.user}\n`,
  commandNone: `${CORP_LINES}Match User bob\nAuthorizedKeysCommand none\n`,
  revokedNone: "Match User bob\nRevokedKeys none\n",
};

/** Returns whether a row is true. The key is one that only the command of the first row knows. */
export const seenByLogin: Readonly<Record<ByLogin, (machine: Machine, key: KeyPair) => Promise<boolean>>> = {
  connectionTokens: async (machine, key) => (await machine.login("bob", key)).status === 0,
  async commandNone(machine, key) {
    await machine.login("bob", key);
    return /path is not absolute/.test(await machine.sh("journalctl --no-pager --output=cat"));
  },
  revokedNone: async (machine) => (await machine.login("bob", machine.ordinary)).status !== 0,
};

/** Returns the script that asks everything: a line `row true` or `row false` for each row. */
export function askAll(): string {
  const asked = Object.entries(QUESTIONS).map(
    ([row, script]) => `cp -a /root/ssh-before/. /etc/ssh/; rm -f "$lines"
      if (${script}); then echo '${row} true'; else echo '${row} false'; fi`,
  );
  return `mkdir -p /run/sshd; cp -a /etc/ssh /root/ssh-before; lines=/etc/ssh/sshd_config.d/10-asked.conf
    write() { printf '%b' "$1" >"$lines"; }
    set +e
    ${asked.join("\n")}`;
}
