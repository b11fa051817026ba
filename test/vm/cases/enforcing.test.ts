/**
 * SELinux enforcing on Debian's policy, with the deb and its module installed as docs/selinux.md says. One machine: it is
 * prepared once, and each story begins with that state. No story may leave a denial of the program's domains.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isBrief, limit } from "../../../tools/slowness.ts";
import { describeWith } from "../../support/needs.ts";
import { forgetDenials, ourDenials } from "../audit.ts";
import { makeImage } from "../image.ts";
import { type Machine, openMachine } from "../machine.ts";
import { entered, keptOut, settings } from "../operator.ts";

/** Only against hanging: in emulation a boot takes a minute or two, a login up to a minute. */
const TIMEOUT_MS = limit(1200);
const WIRED = "wired";

interface Story {
  readonly title: string;
  readonly tell: (machine: Machine) => Promise<void>;
}

/** As docs/selinux.md says; the policy was compiled outside, since this takes minutes in emulation. */
const LOAD_MODULE = `
  tar --extract --file=/root/kit/policy.tar --directory=/
  restorecon -RF /etc/selinux /var/lib/selinux; load_policy
  restorecon -RF /usr/bin/eic-agent /usr/libexec/eic-agent /etc/eic-agent /run/eic-agent
  systemctl stop eic-agent.service; systemctl try-restart eic-agent.socket`;

const STORIES: readonly Story[] = [
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
    title: "removed and purged, it leaves sshd as it was, and ordinary logins work",
    async tell(machine) {
      const own = await machine.newKey();
      await machine.sh(`install -d -m 700 -o alice -g alice /home/alice/.ssh; echo '${own.line}' >/home/alice/.ssh/authorized_keys
        restorecon -RF /home/alice/.ssh; dpkg --purge eic-agent`);
      expect(await machine.sh("sshd -T | grep -i '^authorizedkeyscommand '")).toBe("authorizedkeyscommand none");
      await entered(machine, "alice", own);
    },
  },
];
/** In CI's time: what every host depends on. */
const TOLD = isBrief ? STORIES.slice(0, 2) : STORIES;

describeWith("virtual-machine", "SELinux enforcing", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await openMachine(await makeImage(() => {}));
  }, TIMEOUT_MS);
  afterAll(() => machine?.close(), TIMEOUT_MS);

  test("without the module: the installation and doctor say so, and no pushed key is accepted", {
    timeout: TIMEOUT_MS,
  }, async () => {
    expect(await machine.sh("getenforce")).toBe("Enforcing");
    expect(await machine.sh("dpkg --install /root/kit/eic-agent.deb")).toMatch(
      /SELinux enforces without eic-agent's policy, .* run 'semodule -X 200 -i \/usr\/share\/selinux\/packages\/eic_agent\.cil'/,
    );
    await settings(machine);
    await keptOut(machine, "alice", await machine.pushed("alice"));
    const { status, output } = await machine.trySh("eic-agent doctor --problems");
    expect(status).toBe(1);
    expect(output).toMatch(/^failed +SELinux /m);
  });

  test("with the module the doctor finds no failure", { timeout: TIMEOUT_MS }, async () => {
    await machine.sh(LOAD_MODULE);
    const { output } = await machine.trySh("eic-agent doctor --user alice --json");
    const { checks } = JSON.parse(output) as { checks: { check: string; status: string; message: string }[] };
    const about = checks.filter(({ check, status }) => check === "selinux" || status === "failed");
    // It still names the denials from before.
    const message = expect.stringMatching(/^enforcing, with eic-agent's policy; recently denied/);
    expect(about).toEqual([expect.objectContaining({ check: "selinux", status: "warning", message })]);
    await machine.save(WIRED);
  });

  describe("with the module:", () => {
    test.each(TOLD)("$title", { timeout: TIMEOUT_MS }, async ({ tell }) => {
      await machine.load(WIRED);
      await forgetDenials(machine);
      await tell(machine);
      expect(await ourDenials(machine)).toEqual([]);
    });
  });
});
