/** The rpm package's scriptlets, in Debian trees, as no tree of Red Hat's family is available. */
import { expect } from "vitest";
import { layAws } from "../aws-package.ts";
import { noneIsLostWhile } from "../calls.ts";
import * as operator from "../operator.ts";
import { NEXT_PROGRAM_VERSION, RPM } from "../packages.ts";
import { OTHER_TWO, releaseStory, stories, story, TWO } from "../scenario.ts";
import * as service from "../service.ts";
import { sshdState } from "../sshd-state.ts";

/** With --nodeps, as rpm does not know what Debian's packages provide. */
const rpm = (words: string) => `rpm --nodeps ${words} 2>&1 </dev/null`;

stories("the rpm package", () => {
  story("installed, upgraded and erased on a running machine", TWO, async (machine) => {
    const before = await sshdState(machine);
    await machine.sh("rpm --initdb");
    await machine.sh(rpm(`--install ${RPM.now}`));
    expect(await operator.saysInForce(machine)).toBe(true);
    await service.socketIsUp(machine);
    expect(await service.isActive(machine, service.SERVICE)).toBe(false);
    await service.serviceLetsIn(machine);
    await operator.doctorIsContent(machine);
    const installed = await sshdState(machine);

    await noneIsLostWhile(machine, () => machine.sh(rpm(`--upgrade ${RPM.next}`)));
    expect(await sshdState(machine)).toEqual(installed);
    expect((await service.counted(machine)).program.version).toBe(NEXT_PROGRAM_VERSION);
    await service.socketIsUp(machine);
    await service.serviceLetsIn(machine);

    await machine.sh(rpm("--erase eic-agent"));
    expect(await sshdState(machine)).toEqual(before);
    await service.nothingOfItIsLeft(machine);
    await operator.pushedKeyDoesNotOpen(machine);
  });

  releaseStory(
    "from a version without a service, back to it, and to this version again",
    OTHER_TWO,
    async (machine) => {
      await machine.sh("rpm --initdb");
      await machine.sh(rpm(`--install ${RPM.earlier}`));
      await operator.pushedKeyOpens(machine);
      const installed = await sshdState(machine);

      await noneIsLostWhile(machine, () => machine.sh(rpm(`--upgrade ${RPM.now}`)));
      await service.socketIsUp(machine);
      await service.serviceLetsIn(machine);

      await noneIsLostWhile(machine, () => machine.sh(rpm(`--upgrade --oldpackage ${RPM.earlier}`)));
      expect(await service.unitsOfIt(machine)).toBe("");
      await operator.pushedKeyOpens(machine);

      await noneIsLostWhile(machine, () => machine.sh(rpm(`--upgrade ${RPM.now}`)));
      await service.socketIsUp(machine);
      await service.serviceLetsIn(machine);
      expect(await sshdState(machine)).toEqual(installed);
    },
  );

  releaseStory("a socket that was disabled, or stopped, stays so on upgrade", TWO, async (machine) => {
    await machine.sh("rpm --initdb");
    await machine.sh(rpm(`--install ${RPM.now}`));
    await machine.sh(`systemctl disable --now ${service.SOCKET}; systemctl stop ${service.SERVICE}`);
    await machine.sh(rpm(`--upgrade ${RPM.next}`));
    expect(await service.unit(machine, service.SOCKET)).toMatchObject({
      ActiveState: "inactive",
      UnitFileState: "disabled",
    });
    await service.oneShotLetsIn(machine);

    await machine.sh(`systemctl enable ${service.SOCKET}`);
    await machine.sh(rpm(`--upgrade --oldpackage ${RPM.now}`));
    expect(await service.unit(machine, service.SOCKET)).toMatchObject({
      ActiveState: "inactive",
      UnitFileState: "enabled",
    });
    await service.oneShotLetsIn(machine);
  });

  story("with AWS's agent: left alone, replaced on request, and back after the erasure", TWO, async (machine) => {
    await layAws(machine);
    await operator.pushedKeyDoesNotOpen(machine);
    const before = await sshdState(machine);
    await machine.sh("rpm --initdb");
    expect(await machine.sh(rpm(`--install ${RPM.now}`))).toContain("--replace");
    expect(await sshdState(machine)).toEqual(before);
    expect(await operator.saysInForce(machine)).toBe(false);

    await machine.sh("eic-agent sshd enable --replace");
    expect(await operator.saysInForce(machine)).toBe(true);
    await operator.pushedKeyOpens(machine);

    await machine.sh(rpm("--erase eic-agent"));
    expect(await sshdState(machine)).toEqual(before);
    await operator.pushedKeyDoesNotOpen(machine);
  });

  releaseStory("a deleted drop-in stays deleted on upgrade", OTHER_TWO, async (machine) => {
    const before = await sshdState(machine);
    await machine.sh("rpm --initdb");
    await machine.sh(rpm(`--install ${RPM.now}`));
    await machine.sh(`rm ${operator.DROP_IN}`);
    await machine.sh(rpm(`--upgrade ${RPM.next}`));
    expect(await sshdState(machine)).toEqual(before);
  });

  story(
    "installed into an image from outside, then booted",
    OTHER_TWO,
    async (machine) => {
      const { tree } = machine;
      const outside = (path: string) => path.replace("/opt/kit", tree.kit);
      const must = async (...words: string[]) => {
        const { status, stdout, stderr } = await tree.beside(["rpm", "--root", tree.root, ...words]);
        expect({ status, said: `${stdout}${stderr}` }).toMatchObject({ status: 0 });
      };
      await must("--initdb");
      await must("--nodeps", "--install", outside(RPM.now));
      expect(await machine.sh(`cat ${operator.DROP_IN}`)).toContain("AuthorizedKeysCommand ");
      await must("--nodeps", "--upgrade", outside(RPM.next));
      await machine.boot();
      await service.socketIsUp(machine);
      await service.serviceLetsIn(machine);
      await machine.tree.powerOff();
      await must("--erase", "eic-agent");
      expect((await machine.trySh(`ls ${operator.DROP_IN}`)).status).not.toBe(0);
      await machine.boot();
      await service.nothingOfItIsLeft(machine);
      await operator.pushedKeyDoesNotOpen(machine);
    },
    { down: true },
  );
});
