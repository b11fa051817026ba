/** A package's life cycle: installed, upgraded, removed, purged, with an ssh connection open all the time. */
import { expect } from "vitest";
import { everything } from "../everything.ts";
import * as operator from "../operator.ts";
import { NEXT_VERSION, PACKAGE } from "../packages.ts";
import { ALL, OTHER_TWO, releaseStory, stories, story } from "../scenario.ts";
import { nothingOfItIsLeft, serviceLetsIn } from "../service.ts";
import { mainProcess, sshdState } from "../sshd-state.ts";

stories("a package's life", () => {
  story(
    "install, log in, upgrade, log in, remove, purge: everything as before",
    ALL,
    async (machine) => {
      await operator.ordinaryKeyOpens(machine);
      const before = { sshd: await sshdState(machine), all: await everything(machine) };
      const process = await mainProcess(machine);
      await operator.pushedKeyDoesNotOpen(machine);

      await operator.install(machine);
      expect(await operator.saysInForce(machine)).toBe(true);
      await operator.pushedKeyOpens(machine);
      await operator.ordinaryKeyOpens(machine);
      await operator.doctorIsContent(machine);
      const installed = await sshdState(machine);

      await operator.upgrade(machine);
      expect(await operator.dpkgField(machine, "Version")).toBe(NEXT_VERSION);
      expect(await sshdState(machine)).toEqual(installed);
      await operator.pushedKeyOpens(machine);

      await operator.remove(machine);
      expect(await sshdState(machine)).toEqual(before.sshd);
      await nothingOfItIsLeft(machine);
      await operator.pushedKeyDoesNotOpen(machine);

      await operator.purge(machine);
      expect(await sshdState(machine)).toEqual(before.sshd);
      await nothingOfItIsLeft(machine);
      // The purge also deletes the settings, which existed before the installation.
      expect(await everything(machine)).toEqual(before.all.filter((line) => !line.startsWith("/etc/eic-agent")));
      // A service is reloaded, never restarted. With a socket, sshd is another process after each reload of its files.
      if (machine.kind.mode === "service") expect(await mainProcess(machine)).toBe(process);
    },
    { everywhere: true },
  );

  releaseStory("removed and installed again", OTHER_TWO, async (machine) => {
    await operator.install(machine);
    await operator.remove(machine);
    await operator.pushedKeyDoesNotOpen(machine);
    await operator.install(machine);
    await serviceLetsIn(machine);
  });

  story("purged in one step, and installed again", OTHER_TWO, async (machine) => {
    await operator.install(machine);
    await operator.purge(machine);
    await nothingOfItIsLeft(machine);
    await operator.pushedKeyDoesNotOpen(machine);
    machine.writeSettings();
    await operator.install(machine);
    await serviceLetsIn(machine);
  });

  releaseStory("downgraded: still in force, and sshd's files are unchanged", OTHER_TWO, async (machine) => {
    await operator.install(machine, PACKAGE.next);
    const installed = await sshdState(machine);
    await operator.downgrade(machine);
    expect(await sshdState(machine)).toEqual(installed);
    await serviceLetsIn(machine);
  });

  releaseStory("installed twice, reconfigured, and enabled again: nothing changes", OTHER_TWO, async (machine) => {
    await operator.install(machine);
    const [installed, process] = [await sshdState(machine), await mainProcess(machine)];
    await machine.sh(
      `apt-get install --yes --reinstall ${PACKAGE.now}; dpkg-reconfigure eic-agent; eic-agent sshd enable`,
    );
    expect(await sshdState(machine)).toEqual(installed);
    if (machine.kind.mode === "service") expect(await mainProcess(machine)).toBe(process);
    await serviceLetsIn(machine);
  });
});
