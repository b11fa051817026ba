/** The packages keep an administrator's decisions after the first installation. */
import { expect } from "vitest";
import { reload } from "../foreign-command.ts";
import * as operator from "../operator.ts";
import { OTHER_TWO, releaseStory, stories, story, TWO } from "../scenario.ts";
import { sshdState } from "../sshd-state.ts";

stories("an administrator's decision", () => {
  story("a deleted drop-in stays deleted on upgrade", TWO, async (machine) => {
    const before = await sshdState(machine);
    await operator.install(machine);
    await machine.sh(`rm ${operator.DROP_IN}`);
    await reload(machine);
    await operator.upgrade(machine);
    await machine.sh("dpkg-reconfigure eic-agent");
    expect(await sshdState(machine)).toEqual(before);
    await operator.pushedKeyDoesNotOpen(machine);

    await machine.sh("eic-agent sshd enable");
    await operator.pushedKeyOpens(machine);
  });

  story("disabled stays disabled on upgrade", OTHER_TWO, async (machine) => {
    const before = await sshdState(machine);
    await operator.install(machine);
    await machine.sh("eic-agent sshd disable");
    await operator.upgrade(machine);
    expect(await sshdState(machine)).toEqual(before);
    expect(await operator.saysInForce(machine)).toBe(false);
    await operator.pushedKeyDoesNotOpen(machine);
  });

  releaseStory(
    "an edited drop-in stays edited on upgrade, and does not name eic-agent after the removal",
    OTHER_TWO,
    async (machine) => {
      await operator.install(machine);
      await machine.sh(`printf '# ticket 4711\\nLoginGraceTime 60\\n' >>${operator.DROP_IN}`);
      await reload(machine);
      const edited = await sshdState(machine);
      await operator.upgrade(machine);
      expect(await sshdState(machine)).toEqual(edited);
      await operator.pushedKeyOpens(machine);

      await operator.remove(machine);
      const { effective } = await sshdState(machine);
      expect(effective.alice).toMatch(/^authorizedkeyscommand none$/im);
      await operator.pushedKeyDoesNotOpen(machine);
    },
  );
});
