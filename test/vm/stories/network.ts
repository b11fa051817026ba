/** Between the host and its metadata service: firewalls, hop limits, addresses. */
import { expect } from "vitest";
import { documented } from "../../support/documented.ts";
import { METADATA_V4, METADATA_V6 } from "../../support/namespace.ts";
import { entered, keptOut } from "../operator.ts";
import { MACHINE_V6 } from "../qemu.ts";
import type { Story } from "../story.ts";

/** A firewall that lets only root reach the metadata service. */
const ROOT_ONLY = `nft -f - <<'END'
    table inet filter {
      chain output {
        type filter hook output priority 0
        ip daddr ${METADATA_V4} tcp dport 80 meta skuid != 0 reject
        ip6 daddr ${METADATA_V6} tcp dport 80 meta skuid != 0 reject
      }
    }\nEND`;

export const NETWORK: readonly Story[] = [
  {
    title: "a firewall that lets only root reach it: refused and diagnosed, until the documented line is added",
    async tell(machine) {
      await machine.sh(ROOT_ONLY);
      await keptOut(machine, "alice", await machine.pushed("alice"));
      const { status, output } = await machine.trySh("eic-agent doctor --problems");
      expect(status).toBe(1);
      expect(output).toMatch(/^failed +metadata over IPv4 .*asked as eic-agent; root\s+gets an answer/ms);
      // "And the same for fd00:ec2::254", as that page says.
      const [line] = documented("docs/install.md", "nft");
      await machine.sh(line);
      await machine.sh(line.replace("ip daddr", "ip6 daddr").replace(METADATA_V4, METADATA_V6));
      // The service waits before it asks again.
      await machine.sh("systemctl stop eic-agent.service");
      await entered(machine, "alice", await machine.pushed("alice"));
    },
  },
  {
    title: "a hop limit of one",
    async tell(machine) {
      await machine.outside("sysctl --quiet --write net.ipv4.ip_default_ttl=1");
      try {
        await entered(machine, "alice", await machine.pushed("alice"));
      } finally {
        await machine.outside("sysctl --quiet --write net.ipv4.ip_default_ttl=64");
      }
    },
  },
  {
    title: "a host with IPv6 alone",
    async tell(machine) {
      await machine.sh("ip -4 route flush dev eth0; ip -4 address flush dev eth0");
      await entered(machine, "alice", await machine.pushed("alice"), MACHINE_V6);
    },
  },
  {
    title: "an IPv4 address that does not answer: the IPv6 one does",
    async tell(machine) {
      await machine.outside(`ip address del ${METADATA_V4}/32 dev tap0`);
      try {
        await entered(machine, "alice", await machine.pushed("alice"));
      } finally {
        await machine.outside(`ip address add ${METADATA_V4}/32 dev tap0`);
      }
    },
  },
];
