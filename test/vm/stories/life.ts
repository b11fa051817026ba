/** The life of a host: enabled by a unit, socket-activated, rebooted, upgraded, removed, paused, suspended. */
import { expect } from "vitest";
import { entered, keptOut } from "../operator.ts";
import type { Story } from "../story.ts";

/** Prints the AuthorizedKeysCommand that sshd has in force. */
const IN_FORCE = "sshd -T | grep --ignore-case '^authorizedkeyscommand '";

export const LIFE: readonly Story[] = [
  {
    title: "enabled by a unit, whose programs run in another domain than an administrator's",
    async tell(machine) {
      await machine.sh("eic-agent sshd disable");
      expect(await machine.unitSh("cat /proc/self/attr/current; eic-agent sshd enable --json")).toMatch(
        /:initrc_t:.*"changed": ?true/s,
      );
      await entered(machine, "alice", await machine.pushed("alice"));
    },
  },
  {
    title: "sshd started by its socket",
    async tell(machine) {
      await machine.sh("systemctl disable --now ssh.service; systemctl enable --now ssh.socket");
      await entered(machine, "alice", await machine.pushed("alice"));
      await machine.sh("eic-agent sshd status");
    },
  },
  {
    title: "rebooted",
    async tell(machine) {
      const before = await machine.sh("cat /proc/sys/kernel/random/boot_id");
      await machine.reboot();
      expect(await machine.sh("cat /proc/sys/kernel/random/boot_id")).not.toBe(before);
      await entered(machine, "alice", await machine.pushed("alice"));
      const { answers } = JSON.parse(await machine.sh("eic-agent status --json"));
      expect(answers).toEqual({ keys: 2 });
    },
  },
  {
    title: "upgraded, as dpkg upgrades, while its service runs",
    async tell(machine) {
      await entered(machine, "alice", await machine.pushed("alice"));
      const before = await machine.sh(`${IN_FORCE}; cat /etc/eic-agent/config.toml`);
      await machine.sh("dpkg --install /root/kit/eic-agent.deb");
      expect(await machine.sh(`${IN_FORCE}; cat /etc/eic-agent/config.toml`)).toBe(before);
      await entered(machine, "bob", await machine.pushed("bob"));
    },
  },
  {
    title: "removed: sshd as before, and a pushed key is refused",
    async tell(machine) {
      await machine.sh("dpkg --remove eic-agent");
      expect(await machine.sh(IN_FORCE)).toBe("authorizedkeyscommand none");
      await keptOut(machine, "alice", await machine.pushed("alice"));
    },
  },
  {
    title: "removed and purged, it leaves sshd as it was, and ordinary logins work",
    async tell(machine) {
      const own = await machine.newKey();
      await machine.sh(`install -d -m 700 -o alice -g alice /home/alice/.ssh; echo '${own.line}' >/home/alice/.ssh/authorized_keys
        restorecon -RF /home/alice/.ssh; dpkg --purge eic-agent`);
      expect(await machine.sh(IN_FORCE)).toBe("authorizedkeyscommand none");
      await entered(machine, "alice", own);
    },
  },
  {
    title: "after two minutes in which its clock stood still, as in a host that was paused",
    async tell(machine) {
      // Within the clock skew, so that a key is accepted before and after.
      const key = await machine.pushed("alice");
      await machine.sh("date --set='-120 seconds' >/dev/null");
      await entered(machine, "alice", key);
      await entered(machine, "bob", await machine.pushed("bob"));
    },
  },
  {
    title: "suspended to memory, and awake again",
    async tell(machine) {
      await entered(machine, "alice", await machine.pushed("alice"));
      await machine.suspend();
      expect(await machine.sh("dmesg | grep --count 'PM: suspend entry (deep)'")).toBe("1");
      await entered(machine, "bob", await machine.pushed("bob"));
    },
  },
];
