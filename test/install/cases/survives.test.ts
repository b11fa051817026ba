/** Machines on which a reload would end sshd: it is not reloaded, and the pending changes and the command are printed. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { editMain, reload } from "../foreign-command.ts";
import type { Machine } from "../machine.ts";
import * as operator from "../operator.ts";
import { releaseStory, stories, story, TWO } from "../scenario.ts";

/** An address that this machine does not have (RFC 5737). */
const ABSENT = "198.51.100.1";
const listens = ({ sh }: Machine) => sh("ss -Hltn 'sport = :22' | wc -l");
const isOver = ({ sh }: Machine) => sh("systemctl is-active ssh.service ssh.socket || true");

async function installedOverIt(machine: Machine, remains: string): Promise<void> {
  const [before, active] = [await listens(machine), await isOver(machine)];
  editMain(machine, (text) => `${text}\nListenAddress ${ABSENT}\n`);
  await machine.sh("sshd -t");
  const said = await operator.install(machine);
  if (remains !== "") {
    expect(said).toContain("sshd_config");
    expect(said).toContain(remains);
  }
  expect(await isOver(machine)).toBe(active);
  expect(await listens(machine)).toBe(before);
  await operator.ordinaryKeyOpens(machine);
  editMain(machine, (text) => text.replace(`\nListenAddress ${ABSENT}\n`, ""));
}

stories("an sshd that must go on", () => {
  // The story itself holds a connection open, and makes another one at its end.
  story("others have changed files that it has not read: not reloaded, and reported", TWO, async (machine) => {
    if (machine.kind.mode === "socket") await operator.ordinaryKeyOpens(machine);
    await installedOverIt(machine, machine.kind.mode === "service" ? "systemctl reload ssh.service" : "");
    await reload(machine);
    await operator.pushedKeyOpens(machine);
    expect(await operator.saysInForce(machine)).toBe(true);
  });

  releaseStory("an enabled unit that has failed, or was stopped, is reported", TWO, async (machine) => {
    await operator.install(machine);
    const units = machine.kind.mode === "service" ? "ssh.service" : "ssh.socket ssh.service";
    await machine.sh(`systemctl stop ${units}`);
    expect(await operator.saysInForce(machine)).toBe(false);
    const found = (await operator.doctorFinds(machine)).find(({ check }) => check === "sshd-running");
    expect(found).toMatchObject({ status: "failed" });
    await machine.sh(`systemctl start ${units.split(" ")[0]}`);
    expect(await operator.saysInForce(machine)).toBe(true);
    await operator.pushedKeyOpens(machine);
  });

  story("a full /tmp, and file modes by CIS's rules: wired all the same, and closed", TWO, async (machine) => {
    const { sh, tree } = machine;
    await sh("chmod 0600 /etc/ssh/sshd_config");
    await reload(machine);
    await sh("mount -t tmpfs -o size=4k tmpfs /tmp; cat /dev/zero >/tmp/full 2>/dev/null || true");
    const said = await sh(`TMPDIR=/var/tmp dpkg -i /opt/kit/eic-agent.deb 2>&1`);
    await sh("umount /tmp");
    expect(said).not.toContain("bug:");
    await operator.pushedKeyOpens(machine);
    const mode = () => sh(`stat -c '%a %U:%G' ${operator.DROP_IN}`);
    expect(await mode()).toBe("600 root:root");
    await sh("eic-agent sshd disable; eic-agent sshd enable");
    expect(await mode()).toBe("600 root:root");
    await operator.upgrade(machine);
    expect(await mode()).toBe("600 root:root");
    expect(readFileSync(tree.outside(operator.DROP_IN), "utf8")).toContain("AuthorizedKeysCommand ");
  });
});
