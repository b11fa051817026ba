/** The program that the command of sshd belongs to. */
import { expect, test } from "vitest";
import { agentOf } from "../../src/sshd/inspect/command-owner.ts";

const OURS = "/usr/libexec/eic-agent/authorized-keys";

test.each([
  { command: `${OURS} %u %f`, owner: "eic-agent", files: [], chained: [] },
  { command: `/usr/libexec/eic-agent/node ${OURS} %u %f`, owner: "eic-agent", files: [OURS], chained: [] },
  { command: "/usr/bin/eic-agent authorized-keys %u %f", owner: "eic-agent", files: [], chained: [] },
  {
    command: "/opt/node /opt/eic-agent.cjs authorized-keys --config /etc/x.toml %u %f",
    owner: "eic-agent",
    files: ["/opt/eic-agent.cjs", "/etc/x.toml"],
    chained: [],
  },
  {
    command: `${OURS} %u %f -- /usr/bin/sss_ssh_authorizedkeys %u`,
    owner: "eic-agent",
    files: [],
    chained: ["/usr/bin/sss_ssh_authorizedkeys", "%u"],
  },
  {
    command: "/usr/libexec/eic-agent/trial %u %f -- /opt/x %u",
    owner: "a trial of eic-agent",
    files: [],
    chained: ["/opt/x", "%u"],
  },
  { command: "/usr/bin/sss_ssh_authorizedkeys", owner: "SSSD", files: [], chained: [] },
  { command: "/usr/bin/userdbctl ssh-authorized-keys %u", owner: "systemd's userdbctl", files: [], chained: [] },
  {
    command: "/usr/share/ec2-instance-connect/eic_run_authorized_keys %u %f",
    owner: "AWS's ec2-instance-connect package",
    files: [],
    chained: [],
  },
  {
    command: "/opt/aws/bin/eic_run_authorized_keys %u %f",
    owner: "AWS's ec2-instance-connect package",
    files: [],
    chained: [],
  },
  { command: "/usr/bin/opkssh verify %u %k %t", owner: "opkssh", files: [], chained: [] },
  {
    command: "/bin/sh /opt/keys.sh %u -- authorized-keys",
    owner: "another program",
    files: ["/opt/keys.sh"],
    chained: [],
  },
])("$command is $owner's", ({ command, owner, files, chained }) => {
  expect(agentOf(command)).toMatchObject({ owner, ours: owner === "eic-agent", files, chained });
});

test.each(["", "   ", '/bin/a "open'])("%j has no known owner", (command) => {
  expect(agentOf(command)).toBeUndefined();
});
