/** sshd's configuration and its files, to compare before and after a change. */
import type { Machine } from "./machine.ts";

export interface SshdState {
  /**
   * Every file and folder that sshd or its units read: type, mode, owner, link target; and SHA-256. A line each. Without
   * the agent's own units, their folder, which Debian 11 may lack (its units are in /lib), and the folder of the link to the
   * socket unit: they come and go with the package.
   */
  readonly files: readonly string[];
  /** Output of `sshd -T`: without a connection, and for users by name. */
  readonly effective: Readonly<Record<string, string>>;
  /** The units as systemd has loaded them, with their drop-ins. */
  readonly units: string;
}

const OURS = `\\( -name 'eic-agent.*' -o -name 'eic-agent-metrics*' -o -path '*/sockets.target.wants' -o -path /usr/lib/systemd/system \\)`;
const FILES = `
  set -- /etc/ssh /etc/default/ssh /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system
  for at; do shift; [ ! -e "$at" ] || set -- "$@" "$at"; done
  { find "$@" ! ${OURS} -printf '%p %y %#m %u:%g %l\\n'
    find "$@" -type f ! ${OURS} -print0 | xargs -0 sha256sum; } | sort`;

/** Uses a separate /run: sshd needs /run/sshd, which a stopped service lacks, and a host key, which is temporary here. */
const effective = (who: string) => `
  mount -t tmpfs tmpfs /run; mkdir /run/sshd; ssh-keygen -q -t ed25519 -N '' -f /run/lent; sshd -T -h /run/lent ${who}`;

export async function sshdState({ sh, tree }: Machine): Promise<SshdState> {
  const ask = async (who: string) => (await tree.run(["unshare", "--mount", "sh", "-c", effective(who)])).stdout;
  const person = (name: string) => `-C user=${name},host=localhost,addr=127.0.0.1`;
  return {
    files: (await sh(FILES)).split("\n"),
    effective: { anybody: await ask(""), root: await ask(person("root")), alice: await ask(person("alice")) },
    units: await sh("systemctl cat ssh.service ssh.socket"),
  };
}

/** Returns a text that changes whenever sshd's main process is replaced. A reload keeps the process. */
export const mainProcess = ({ sh }: Machine): Promise<string> =>
  sh("systemctl show ssh.service --property=MainPID,NRestarts,ActiveState,ExecMainStartTimestampMonotonic");
