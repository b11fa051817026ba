/** Hosts that are hardened, full, or wrong about the time. */
import { expect } from "vitest";
import { AUDIT_LOG, keepAuditLogApart, marked } from "../audit.ts";
import { entered, keptOut } from "../operator.ts";
import type { Story } from "../story.ts";

const CROWD = 60;

/** Logs in by the service, and once by the one-shot program. */
const enteredBothWays: Story["tell"] = async (machine) => {
  await entered(machine, "alice", await machine.pushed("alice"));
  await machine.sh("systemctl stop eic-agent.socket eic-agent.service");
  await entered(machine, "bob", await machine.pushed("bob"));
};

export const HOST: readonly Story[] = [
  {
    title: "processes of other users are hidden",
    async tell(machine) {
      await machine.sh("mount -o remount,hidepid=2 /proc");
      await enteredBothWays(machine);
    },
  },
  {
    title: "nothing below /tmp, /run and /dev/shm can be executed",
    async tell(machine) {
      await machine.sh(`mount -o remount,noexec /run; mount -o remount,noexec /dev/shm
        mount -t tmpfs -o noexec,mode=1777,rootcontext=system_u:object_r:tmp_t:s0 tmpfs /tmp`);
      await machine.sh("eic-agent sshd disable; eic-agent sshd enable");
      await enteredBothWays(machine);
    },
  },
  {
    title: "no user namespaces",
    async tell(machine) {
      await machine.sh("sysctl --quiet --write user.max_user_namespaces=0; systemctl stop eic-agent.service");
      await enteredBothWays(machine);
    },
  },
  {
    title: "the root file system is read-only",
    async tell(machine) {
      await keepAuditLogApart(machine);
      // Also while files are open for writing.
      await machine.sh(`echo u >/proc/sysrq-trigger
        until grep --quiet ' / ext4 ro' /proc/mounts; do sleep 0.1; done; ! touch /etc/written`);
      await enteredBothWays(machine);
    },
  },
  {
    title: "the disk is full",
    async tell(machine) {
      await keepAuditLogApart(machine);
      await machine.sh("cat /dev/zero >/filler || true; ! dd if=/dev/zero of=/etc/written bs=1M count=1");
      await enteredBothWays(machine);
    },
  },
  {
    title: `with 512 MiB of memory, ${CROWD} logins at once: all succeed, and nothing is killed`,
    async tell(machine) {
      // By default sshd refuses some of these connections from the eleventh on.
      await machine.sh(
        `echo "MaxStartups ${2 * CROWD}" >/etc/ssh/sshd_config.d/10-crowd.conf; systemctl reload ssh.service`,
      );
      await machine.shrink(512);
      const key = await machine.pushed("alice");
      const logins = await Promise.all(Array.from({ length: CROWD }, () => machine.login("alice", key)));
      const out = logins.filter(({ stdout }) => stdout !== "alice\n");
      const log = "journalctl --no-pager --lines=100 --identifier=sshd-session --identifier=eic-agent";
      expect({ out, reasons: out.length === 0 ? "" : await machine.sh(log) }).toEqual({ out: [], reasons: "" });
      expect(await machine.sh("journalctl --dmesg --grep='out of memory|oom' --no-pager || true")).toMatch(
        /No entries/,
      );
    },
  },
  {
    title: "the clock a day ahead, a year ahead, a day behind: no key is accepted, and the doctor names the clock",
    async tell(machine) {
      for (const shift of ["1 day", "1 year", "-1 day"]) {
        const key = await machine.pushed("alice");
        await machine.sh(`date --set='${shift}' >/dev/null`);
        await keptOut(machine, "alice", key);
        const { status, output } = await machine.trySh("eic-agent doctor --problems");
        expect(status).toBe(1);
        expect(output).toMatch(/^failed +clock /im);
        await machine.setClock();
        await entered(machine, "alice", key);
      }
    },
  },
  {
    title: "every command of an operator, as root and as a user",
    async tell(machine) {
      const key = await machine.pushed("alice");
      await machine.sh("eic-agent sshd status; eic-agent doctor --problems || test $? = 1; eic-agent settings check");
      expect(await machine.sh("eic-agent explain alice")).toContain(key.fingerprint);
      // What an ordinary user may not see is "not known", and nothing fails for that reason.
      const asUser = (command: string) => machine.trySh(`runuser --user alice -- eic-agent ${command}`);
      expect((await asUser("sshd status")).status).toBeLessThanOrEqual(3);
      expect((await asUser("explain alice")).output).toContain(key.fingerprint);
      const { output } = await asUser("doctor --json");
      const { checks } = JSON.parse(output) as { checks: { check: string; status: string }[] };
      expect(checks.filter(({ status }) => status === "failed")).toEqual([]);
    },
  },
  {
    title: "the process id of a listed login leads to its session in auditd's log",
    async tell(machine) {
      const { stdout } = await machine.login("alice", await machine.pushed("alice"), "cat /proc/self/sessionid");
      const { logins } = JSON.parse(await machine.sh("eic-agent logins --json")) as { logins: { pid: number }[] };
      await marked(machine);
      const record = `type=LOGIN .* pid=${logins.at(-1)?.pid} .* ses=${stdout.trim()} `;
      expect(await machine.sh(`grep -aE '${record}' ${AUDIT_LOG}`)).not.toBe("");
    },
  },
  {
    title: "the logins of this host are listed for root and for a member of adm, and not for other users",
    async tell(machine) {
      await entered(machine, "alice", await machine.pushed("alice"));
      const listed = { user: "alice", by: "ec2-instance-connect", certain: true, state: "ended" };
      const logins = (json: string) => (JSON.parse(json) as { logins: object[] }).logins;
      expect(logins(await machine.sh("eic-agent logins --json")).at(-1)).toMatchObject(listed);
      const asAlice = () => machine.trySh("runuser --user alice -- eic-agent logins --json");
      const refused = await asAlice();
      expect(refused.status).not.toBe(0);
      expect(refused.output).toMatch(/systemd-journal|adm/);
      await machine.sh("usermod --append --groups adm alice");
      expect(logins((await asAlice()).output).at(-1)).toMatchObject({
        ...listed,
        state: expect.stringMatching(/ended|not-known/),
      });
    },
  },
];
