/** `eic-agent logins`, as built, on the journal of a real sshd with PAM, with an AuthorizedKeysCommand that writes a record. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { programPath } from "../../tools/system.ts";
import { command, run } from "../support/agent.ts";
import { cannotRunJournal, folder, withJournal, withoutSyslog } from "../support/host-log.ts";
import { describeWith } from "../support/needs.ts";

const CALLER = "arn:aws:sts::111122223333:assumed-role/Admin/bob";
const LOGINS = command("logins", "--json")
  .map((word) => `'${word}'`)
  .join(" ");

/** sh: a root folder as sshd wants it, accounts, a syslog socket that is the journal's, a network of the test alone. */
const setup = (at: string): string => `
  chmod 755 /run; mkdir -p /run/sshd; cd '${at}'; ip link set lo up
  ${withoutSyslog(at)}
  ln -s /run/systemd/journal/dev-log /dev/log
  ssh-keygen -q -t ed25519 -N '' -f key; ssh-keygen -q -t ed25519 -N '' -f host
  cp /etc/passwd /etc/shadow .
  printf 'alice:x:5001:5001::/tmp:/bin/sh\\neic-agent:x:64990:64990::/:/bin/false\\n' >>passwd
  printf 'alice:*:19000:0:99999:7:::\\neic-agent:*:19000:0:99999:7:::\\n' >>shadow
  mount --bind passwd /etc/passwd; mount --bind shadow /etc/shadow
  cat >/run/command <<END
#!/bin/sh
echo "key-offered-to-sshd user=\\$1 fingerprint=\\$2 caller=${CALLER} request_id=request-1" | /usr/bin/logger -t eic-agent -p authpriv.info
echo "$(cut -d' ' -f1,2 key.pub)"
END
  chmod 755 /run/command`;

/** sh: three runs of the command: with a login in session, after its end, and after a login of root. */
const story = (sshd: string): string => `
  '${sshd}' -D -f "$PWD/sshd_config" & sshd=$!; trap 'kill $sshd' EXIT; tries=0
  login() { user=$1; shift; ssh -F none -p 8301 -i key -o IdentitiesOnly=yes -o IdentityAgent=none -o StrictHostKeyChecking=no \\
    -o UserKnownHostsFile=/dev/null -o BatchMode=yes -o LogLevel=ERROR "$user@127.0.0.1" "$@"; }
  until echo | ssh-keyscan -p 8301 127.0.0.1 2>/dev/null | grep -q ssh-; do sleep 0.1; done
  mkfifo go; login alice 'echo in; read line; true' >said <go & alice=$!
  exec 9>go; until grep -q in said; do kill -0 $alice; sleep 0.1; done
  journalctl --sync; ${LOGINS}; echo ---
  echo end >&9; exec 9>&-; wait $alice; login root true
  until [ "$(journalctl -q -o cat SYSLOG_IDENTIFIER=sshd SYSLOG_IDENTIFIER=sshd-session | grep -c 'session closed')" = 2 ]; do
    tries=$((tries + 1)); [ $tries -lt 300 ]; sleep 0.1
  done
  ${LOGINS}; echo ---`;

describeWith("sshd", "a real sshd", () => {
  test.skipIf(cannotRunJournal).each(["INFO", "VERBOSE"])("with LogLevel %s", async (level) => {
    const at = folder();
    const lines = [
      ...["Port 8301", "ListenAddress 127.0.0.1", `HostKey ${at}/host`, "PidFile none", "UsePAM yes"],
      ...["PasswordAuthentication no", "AuthorizedKeysFile none", "PermitRootLogin yes", `LogLevel ${level}`],
      ...["AuthorizedKeysCommand /run/command %u %f", "AuthorizedKeysCommandUser eic-agent"],
    ];
    writeFileSync(join(at, "sshd_config"), `${lines.join("\n")}\n`);
    const script = join(at, "story");
    writeFileSync(script, `set -e\n${setup(at)}\n${story(programPath("sshd") ?? "sshd")}\n`);
    chmodSync(script, 0o755);
    const { stdout, stderr } = await run(["unshare", "--net", ...withJournal(at, ["sh", script])]);
    const [during = "", after = ""] = stdout.split("---\n");
    expect(stderr).not.toMatch(/Permission denied/);
    const alice = {
      user: "alice",
      by: "ec2-instance-connect",
      certain: true,
      pushes: [{ caller: CALLER, requestId: "request-1" }],
      address: "127.0.0.1",
      key: { type: "ED25519", fingerprint: expect.stringMatching(/^SHA256:/) },
    };
    expect(JSON.parse(during).logins).toMatchObject([{ ...alice, state: "in-session", endedAt: null }]);
    expect(JSON.parse(after).logins).toMatchObject([
      { ...alice, state: "ended", endedAt: expect.any(String), seconds: expect.any(Number) },
      { ...alice, user: "root", state: "ended" },
    ]);
  });
});
