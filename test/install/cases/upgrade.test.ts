/** Other versions replace one that answers, under continuous calls: no call is lost, and no answer is wrong. */
import { expect } from "vitest";
import { noneIsLostWhile } from "../calls.ts";
import type { Machine } from "../machine.ts";
import * as operator from "../operator.ts";
import { EARLIER_VERSION, NEXT_PROGRAM_VERSION, PACKAGE, RESHAPED_VERSION } from "../packages.ts";
import { OTHER_TWO, releaseStory, stories, story, TWO } from "../scenario.ts";
import * as service from "../service.ts";
import { sshdState } from "../sshd-state.ts";

/** Checks that the running service is a process of the installed program. */
async function runsTheInstalled(machine: Machine): Promise<void> {
  expect(await service.programOf(machine)).toBe(await service.installedProgram(machine));
}

stories("another version under calls", () => {
  story(
    "upgraded twice, the second time with another socket: the new service is running",
    OTHER_TWO,
    async (machine) => {
      await operator.install(machine);
      await service.serviceLetsIn(machine);
      const [installed, { pid }] = [await sshdState(machine), await service.counted(machine)];
      await runsTheInstalled(machine);

      await noneIsLostWhile(machine, () => operator.upgrade(machine));
      const next = await service.counted(machine);
      expect(next.program.version).toBe(NEXT_PROGRAM_VERSION);
      expect(next.pid).not.toBe(pid);
      await runsTheInstalled(machine);
      await service.socketIsUp(machine);
      await service.serviceLetsIn(machine);

      await noneIsLostWhile(machine, () => operator.install(machine, PACKAGE.reshaped));
      expect(await operator.dpkgField(machine, "Version")).toBe(RESHAPED_VERSION);
      expect(await machine.sh(`systemctl show ${service.SOCKET} --property=Backlog,NeedDaemonReload`)).toBe(
        "Backlog=1000\nNeedDaemonReload=no",
      );
      await runsTheInstalled(machine);
      await service.socketIsUp(machine);
      await service.serviceLetsIn(machine);
      expect(await sshdState(machine)).toEqual(installed);
    },
  );

  releaseStory("from a version without a service, back to it, and to this version again", TWO, async (machine) => {
    await operator.install(machine, PACKAGE.earlier);
    await operator.pushedKeyOpens(machine);
    const installed = await sshdState(machine);

    await noneIsLostWhile(machine, () => operator.install(machine));
    await service.socketIsUp(machine);
    await service.serviceLetsIn(machine);

    await noneIsLostWhile(machine, () => operator.downgrade(machine, PACKAGE.earlier));
    expect(await operator.dpkgField(machine, "Version")).toBe(EARLIER_VERSION);
    expect(await service.unitsOfIt(machine)).toBe("");
    await operator.pushedKeyOpens(machine);

    await noneIsLostWhile(machine, () => operator.install(machine));
    await service.socketIsUp(machine);
    await service.serviceLetsIn(machine);
    expect(await sshdState(machine)).toEqual(installed);
  });

  story("an upgrade that cannot be unpacked: the installed version still answers", TWO, async (machine) => {
    await operator.install(machine);
    await service.serviceLetsIn(machine);
    const before = await operator.dpkgField(machine, "Version");
    await noneIsLostWhile(machine, async () => {
      const { status, stdout } = await machine.trySh(`apt-get install --yes ${PACKAGE.failing} 2>&1`);
      expect(stdout).toContain("this preinst fails");
      expect(status).not.toBe(0);
    });
    expect(await operator.dpkgField(machine, "Status")).toBe("install ok installed");
    expect(await operator.dpkgField(machine, "Version")).toBe(before);
    await service.socketIsUp(machine);
    await service.serviceLetsIn(machine);
  });
});
