/** The ways of a login: relay and service, the one-shot program, a chained command, records, another address. */
import { expect } from "vitest";
import { entered, keptOut, settings } from "../operator.ts";
import type { Story } from "../story.ts";

export const WAYS: readonly Story[] = [
  {
    title: "relay and service let a pushed key in, each in its domain",
    async tell(machine) {
      await entered(machine, "alice", await machine.pushed("alice"));
      const { answers } = JSON.parse(await machine.sh("eic-agent status --json"));
      expect(answers).toEqual({ keys: 2 });
      const service = await machine.sh("systemctl show --property=MainPID --value eic-agent.service");
      expect(await machine.sh(`cat /proc/${service}/attr/current`)).toMatch(/:eic_agent_service_t:/);
    },
  },
  {
    title: "the one-shot program lets it in without the service",
    async tell(machine) {
      await machine.sh("systemctl stop eic-agent.socket eic-agent.service");
      await entered(machine, "alice", await machine.pushed("alice"));
      expect((await machine.trySh("systemctl is-active eic-agent.service")).output).toBe("inactive\n");
    },
  },
  {
    title: "a chained command's key is accepted, and a pushed one",
    async tell(machine) {
      const other = await machine.newKey();
      await machine.sh(`printf '#!/bin/sh\\necho "${other.line}"\\n' >/usr/local/bin/other
        chmod 755 /usr/local/bin/other; restorecon /usr/local/bin/other
        eic-agent sshd disable --no-reload
        printf 'AuthorizedKeysCommand /usr/local/bin/other %%u\\nAuthorizedKeysCommandUser bob\\n' >/etc/ssh/sshd_config.d/70-other.conf
        systemctl reload ssh.service; eic-agent sshd enable --chain`);
      await entered(machine, "alice", other);
      await entered(machine, "alice", await machine.pushed("alice"));
    },
  },
  {
    title: "the record reaches the journal from the one-shot program, also if it is required",
    async tell(machine) {
      await settings(machine, '[audit]\ntarget = "journal"\nrequired = true\n');
      await machine.sh("systemctl stop eic-agent.socket eic-agent.service");
      const key = await machine.pushed("alice");
      await entered(machine, "alice", key);
      const record = "journalctl --no-pager --output=cat --identifier=eic-agent | grep key-offered-to-sshd";
      expect(await machine.sh(record)).toContain(key.fingerprint);
    },
  },
  {
    title: "the record reaches syslog from the one-shot program",
    async tell(machine) {
      await settings(machine, '[audit]\ntarget = "syslog"\n');
      await machine.sh("systemctl stop eic-agent.socket eic-agent.service");
      const key = await machine.pushed("alice");
      await entered(machine, "alice", key);
      expect(await machine.sh("grep -rh key-offered-to-sshd /var/log/auth.log /var/log/syslog")).toContain(
        key.fingerprint,
      );
    },
  },
  {
    title: "the kernel keeps the service from any other address, until its unit allows it",
    async tell(machine) {
      await settings(machine, '[metadata]\nendpoint = "http://192.0.2.1"\n');
      await keptOut(machine, "alice", await machine.pushed("alice"));
      const { answers } = JSON.parse(await machine.sh("eic-agent status --json"));
      expect(answers).toEqual({ fault: expect.any(Number) });
      await machine.sh(`mkdir -p /etc/systemd/system/eic-agent.service.d
        printf '[Service]\\nIPAddressAllow=192.0.2.1\\n' >/etc/systemd/system/eic-agent.service.d/endpoint.conf
        systemctl daemon-reload; systemctl stop eic-agent.service`);
      await entered(machine, "alice", await machine.pushed("alice"));
    },
  },
  {
    title: "in a trial another command's key is accepted, and compared by the service and by the one-shot program",
    async tell(machine) {
      const other = await machine.newKey();
      await machine.sh(`printf '#!/bin/sh\\necho "${other.line}"\\n' >/usr/local/bin/other
        chmod 755 /usr/local/bin/other; restorecon /usr/local/bin/other
        eic-agent sshd disable --no-reload
        printf 'AuthorizedKeysCommand /usr/local/bin/other %%u\\nAuthorizedKeysCommandUser bob\\n' >/etc/ssh/sshd_config.d/70-other.conf
        systemctl reload ssh.service; eic-agent sshd enable --trial`);
      const differs = (count: number) =>
        machine.sh(`until journalctl --no-pager --output=cat --identifier=eic-agent |
          awk '/trial-differs/ { n++ } END { exit n < ${count} }'; do sleep 0.2; done`);
      await entered(machine, "alice", other);
      await differs(1);
      await machine.sh("systemctl stop eic-agent.socket eic-agent.service");
      await entered(machine, "bob", other);
      await differs(2);
      await keptOut(machine, "alice", await machine.pushed("alice"));
    },
  },
];
