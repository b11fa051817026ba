/** docs/install.md, "For some users only", on a booted machine; and a drop-in for all units that removes network access. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { reload } from "../foreign-command.ts";
import * as operator from "../operator.ts";
import { stories, story, TWO } from "../scenario.ts";
import { serviceLetsIn } from "../service.ts";

const FILE = "/etc/ssh/sshd_config.d/50-eic-agent-group.conf";
const BLOCK = `Match Group instance-connect
    AuthorizedKeysCommand /usr/libexec/eic-agent/authorized-keys %u %f
    AuthorizedKeysCommandUser eic-agent
Match all
`;

stories("in force for some", () => {
  story(
    "by a Match block for a group: recognized, and never widened, through upgrade, enable, disable and removal",
    TWO,
    async (machine) => {
      const { sh, trySh, tree } = machine;
      await sh("groupadd instance-connect; usermod --append --groups instance-connect alice");
      await operator.install(machine);
      await sh("eic-agent sshd disable");
      tree.write(FILE, BLOCK);
      await reload(machine);
      const isForTheGroup = async () => {
        await operator.pushedKeyOpens(machine, "alice");
        await operator.pushedKeyDoesNotOpen(machine, "bob");
        expect(readFileSync(tree.outside(FILE), "utf8")).toBe(BLOCK);
      };
      await isForTheGroup();
      expect(await operator.saysInForce(machine)).toBe(true);
      await operator.doctorIsContent(machine);

      await operator.upgrade(machine);
      await isForTheGroup();
      expect((await trySh("eic-agent sshd enable")).status).toBe(1);
      await isForTheGroup();
      const disabled = await trySh("eic-agent sshd disable");
      expect(disabled.status).toBe(1);
      expect(disabled.stdout).toContain(FILE);
      await isForTheGroup();

      expect(await operator.remove(machine)).toContain(FILE);
      expect(readFileSync(tree.outside(FILE), "utf8")).toBe(BLOCK);
      await sh(`rm ${FILE}`);
      await reload(machine);
    },
  );

  story(
    "PrivateNetwork=yes for all units: the service's own Fault is reported, and the doctor's hint fixes it",
    TWO,
    async (machine) => {
      const { sh, trySh, tree } = machine;
      await operator.install(machine);
      tree.write("/etc/systemd/system/service.d/private.conf", "[Service]\nPrivateNetwork=yes\n");
      await sh("systemctl daemon-reload; systemctl stop eic-agent.service");
      await operator.pushedKeyDoesNotOpen(machine);
      const reach = (await operator.doctorFinds(machine)).find(({ message }) => message.includes("PrivateNetwork"));
      expect(reach).toMatchObject({ status: "failed", hint: expect.stringContaining("PrivateNetwork=no") });
      await machine.pushed("alice");
      const { stdout } = await trySh("COLUMNS=200 eic-agent explain alice");
      expect(stdout).toContain("the warm service answers with its own Fault");
      expect(stdout).not.toContain("sshd will accept it");

      await sh(reach?.hint ?? "false");
      await serviceLetsIn(machine);
      expect(await operator.doctorFinds(machine)).toEqual([]);
    },
    { expected: /code=METADATA_UNREACHABLE|^metadata-breaker-open|AuthorizedKeysCommand .* failed, status 1/ },
  );
});
