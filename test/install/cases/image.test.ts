/** Images: the package is installed while no system runs, and the image is booted afterwards. */
import { expect } from "vitest";
import * as operator from "../operator.ts";
import { PACKAGE } from "../packages.ts";
import { ALL, OTHER_TWO, releaseStory, stories, story, TWO } from "../scenario.ts";
import * as service from "../service.ts";
import { mainProcess } from "../sshd-state.ts";

const FORBID = "printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d";

stories("an image", () => {
  const down = { down: true };

  story(
    "installed in a chroot, then booted",
    ALL,
    async (machine) => {
      await operator.install(machine);
      expect(await operator.saysInForce(machine)).toBe(true);
      await machine.boot();
      await service.socketIsUp(machine);
      await service.serviceLetsIn(machine);
      await operator.doctorIsContent(machine);
    },
    down,
  );

  releaseStory(
    "booted again: its socket and slots exist, and a disabled socket stays disabled",
    TWO,
    async (machine) => {
      await machine.boot();
      await operator.install(machine);
      await machine.tree.powerOff();
      await machine.boot();
      await service.socketIsUp(machine);
      expect(await machine.sh("ls /run/eic-agent/slots")).toBe("0\n1\n2\n3");
      await service.serviceLetsIn(machine);

      await machine.sh(`systemctl disable ${service.SOCKET}`);
      await machine.tree.powerOff();
      await machine.boot();
      expect(await service.isActive(machine, service.SOCKET)).toBe(false);
      await service.oneShotLetsIn(machine);
    },
    down,
  );

  story(
    "installed, upgraded and removed in a chroot without host keys: boots as if it had never been installed",
    TWO,
    async (machine) => {
      await machine.sh("rm /etc/ssh/ssh_host_*");
      const listed = () => machine.sh("find /etc/ssh /etc/systemd -type f -exec sha256sum {} + | sort");
      const before = await listed();
      await operator.install(machine);
      await operator.upgrade(machine);
      await operator.remove(machine);
      expect(await listed()).toBe(before);
      await machine.sh("ssh-keygen -A");
      await machine.boot();
      await service.nothingOfItIsLeft(machine);
      await operator.pushedKeyDoesNotOpen(machine);
    },
    down,
  );

  releaseStory(
    "built without host keys, which the first boot creates, with services forbidden (policy-rc.d)",
    OTHER_TWO,
    async (machine) => {
      await machine.sh(`rm /etc/ssh/ssh_host_*; ${FORBID}`);
      await operator.install(machine);
      await machine.sh("ssh-keygen -A; rm /usr/sbin/policy-rc.d");
      await machine.boot();
      await service.socketIsUp(machine);
      await service.serviceLetsIn(machine);
    },
    down,
  );

  releaseStory(
    "installed in a chroot without /proc, as debootstrap leaves one: the transaction succeeds",
    TWO,
    async (machine) => {
      await machine.sh(`umount /proc; dpkg --install ${PACKAGE.now} 2>&1`);
      expect(await operator.dpkgField(machine, "Status")).toBe("install ok installed");
      await machine.boot();
      await machine.sh("eic-agent sshd enable");
      await service.serviceLetsIn(machine);
    },
    down,
  );

  releaseStory("on a running machine, with services forbidden (policy-rc.d)", TWO, async (machine) => {
    await operator.ordinaryKeyOpens(machine);
    const process = await mainProcess(machine);
    await machine.sh(FORBID);
    await operator.install(machine);
    if (machine.kind.mode === "service") expect(await mainProcess(machine)).toBe(process);
    expect(await service.unit(machine, service.SOCKET)).toMatchObject({
      ActiveState: "inactive",
      UnitFileState: "enabled",
    });
    await machine.sh("rm /usr/sbin/policy-rc.d; eic-agent sshd enable");
    await service.oneShotLetsIn(machine);
    await machine.sh(`systemctl start ${service.SOCKET}`);
    await service.serviceLetsIn(machine);
  });
});
