/** Machines with AWS's agent: apt replaces it by eic-agent, and removing eic-agent leaves a working sshd. */
import { expect } from "vitest";
import { AWS_COMMAND, layAws } from "../aws-package.ts";
import * as operator from "../operator.ts";
import { PACKAGE } from "../packages.ts";
import { OTHER_TWO, stories, story, TWO } from "../scenario.ts";
import { sshdState } from "../sshd-state.ts";

stories("AWS's agent", () => {
  story(
    "as its package: replaced by apt install, eic-agent in force, and sshd as before after the removal",
    TWO,
    async (machine) => {
      const before = await sshdState(machine);
      await operator.install(machine, PACKAGE.aws);
      expect(await machine.sh("systemctl cat ssh.service")).toContain(AWS_COMMAND);
      await operator.pushedKeyDoesNotOpen(machine);
      expect(await machine.sh("journalctl --quiet --output=cat --identifier=aws-stand-in")).toContain(
        "asked for alice",
      );

      await operator.install(machine);
      expect(await operator.dpkgField(machine, "Status", "ec2-instance-connect")).not.toBe("install ok installed");
      expect(await operator.saysInForce(machine)).toBe(true);
      await operator.pushedKeyOpens(machine);
      await operator.doctorIsContent(machine);

      await operator.remove(machine);
      expect(await sshdState(machine)).toEqual(before);
      await operator.pushedKeyDoesNotOpen(machine);
    },
  );

  story(
    "as files that no package owns: eic-agent in force, and AWS's again after the removal",
    OTHER_TWO,
    async (machine) => {
      await layAws(machine);
      await operator.pushedKeyDoesNotOpen(machine);
      const before = await sshdState(machine);

      await operator.install(machine);
      expect(await operator.saysInForce(machine)).toBe(true);
      await operator.pushedKeyOpens(machine);
      await operator.upgrade(machine);
      await operator.pushedKeyOpens(machine);

      await operator.remove(machine);
      expect(await sshdState(machine)).toEqual(before);
      await operator.pushedKeyDoesNotOpen(machine);
    },
  );
});
