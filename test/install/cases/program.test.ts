/** Packages whose program cannot run: no transaction fails because of it, and sshd is not affected. */
import { expect } from "vitest";
import * as operator from "../operator.ts";
import { PACKAGE } from "../packages.ts";
import { OTHER_TWO, stories, story, TWO } from "../scenario.ts";
import { mainProcess, sshdState } from "../sshd-state.ts";

stories("a program that cannot run", () => {
  for (const [what, path, kinds] of [
    ["another processor's", PACKAGE.foreign, TWO],
    ["one without a mode to run", PACKAGE.locked, OTHER_TWO],
  ] as const) {
    story(`${what}: installed, sshd unchanged, removed`, kinds, async (machine) => {
      await operator.ordinaryKeyOpens(machine);
      const [before, process] = [await sshdState(machine), await mainProcess(machine)];
      expect(await operator.install(machine, path)).toContain("eic-agent sshd enable");
      expect(await operator.dpkgField(machine, "Status")).toBe("install ok installed");
      expect(await sshdState(machine)).toEqual(before);
      await operator.remove(machine);
      expect(await sshdState(machine)).toEqual(before);
      expect(await mainProcess(machine)).toBe(process);
    });
  }

  story(
    "broken after the installation: removed, and ordinary keys work all the time",
    TWO,
    async (machine) => {
      await operator.install(machine);
      await machine.sh("chmod 000 /usr/bin/eic-agent");
      await operator.ordinaryKeyOpens(machine);
      expect(await operator.remove(machine)).toContain("eic-agent sshd disable");
      await operator.ordinaryKeyOpens(machine);
      await operator.pushedKeyDoesNotOpen(machine);
      // sshd's configuration can be repaired only now, by installing a working program.
      await operator.install(machine);
      await operator.pushedKeyOpens(machine);
    },
    { expected: /AuthorizedKeysCommand/ },
  );
});
