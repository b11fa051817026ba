/** docs/trial.md on a booted machine: another command decides alone, whatever eic-agent does, and each difference is kept. */
import { expect, vi } from "vitest";
import { isBrief, limit } from "../../../tools/slowness.ts";
import { reload } from "../foreign-command.ts";
import type { Machine } from "../machine.ts";
import * as operator from "../operator.ts";
import { stories, story, TWO } from "../scenario.ts";
import * as service from "../service.ts";
import { sshdState } from "../sshd-state.ts";
import { layUnproven, UNPROVEN } from "../unproven-command.ts";

const CALLS_OF_A_LOGIN = 2;
/** Four at once, as long as one key is valid; more than two hundred in all. */
const [ROUNDS, AT_ONCE] = [isBrief ? 4 : 13, 4];
const LOGINS = ROUNDS * AT_ONCE;

/** Logs in, again and again, with keys that are pushed for it; each login must succeed. */
async function logins(machine: Machine): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const key = await machine.pushed("alice");
    await Promise.all(Array.from({ length: AT_ONCE }, () => service.opens(machine, "alice", key)));
  }
}

/** No login waits for a comparison: they are over some time later. */
const compared = (machine: Machine, expected: object) =>
  vi.waitFor(async () => expect((await service.counted(machine)).trial).toEqual(expected), limit(30));

stories("a trial", () => {
  story(
    "beside another command: logins with eic-agent healthy, frozen, killed and absent, and none is lost",
    TWO,
    async (machine) => {
      const { sh } = machine;
      await layUnproven(machine);
      await reload(machine);
      await operator.pushedKeyOpens(machine);
      await operator.install(machine);
      expect(await sh("eic-agent sshd enable --trial")).toContain(`"${UNPROVEN.program}" decides alone`);

      await logins(machine);
      await compared(machine, { agrees: LOGINS * CALLS_OF_A_LOGIN });

      await sh(`systemctl kill --signal=STOP ${service.SERVICE}`);
      await logins(machine);
      await sh(`systemctl kill --signal=CONT ${service.SERVICE}`);

      let over = false;
      const killing = async () => {
        while (!over) await machine.trySh(`systemctl kill --signal=KILL ${service.SERVICE}; sleep 0.1`);
      };
      await Promise.all([killing(), logins(machine).finally(() => (over = true))]);

      await sh(`systemctl stop ${service.SOCKET} ${service.SERVICE}; chmod -x /usr/bin/eic-agent`);
      await logins(machine);
      await sh(`mv /usr/libexec/eic-agent/authorized-keys /root`);
      await operator.pushedKeyOpens(machine);
      await sh(`mv /root/authorized-keys /usr/libexec/eic-agent/; chmod +x /usr/bin/eic-agent`);
      await sh(`systemctl reset-failed ${service.SERVICE} || true; systemctl start ${service.SOCKET}`);
      const { agrees = 0, ...others } = (await service.counted(machine)).trial;
      expect(others).toEqual({});
      await operator.pushedKeyOpens(machine);
      await compared(machine, { agrees: agrees + CALLS_OF_A_LOGIN });
    },
    // Under this load a key may expire before its comparison.
    { expected: /^trial-differs user=alice .* eic_agent=none reason=(not-offered|no-keys|expired)/ },
  );

  story(
    "a difference is recorded with the reason; upgrades keep the trial, --replace ends it, a removal leaves sshd as before",
    TWO,
    async (machine) => {
      const { sh, trySh } = machine;
      await layUnproven(machine);
      await reload(machine);
      const before = await sshdState(machine);
      machine.writeSettings('[policy]\ndeny_users = ["bob"]\n');
      await operator.install(machine);
      expect(await sshdState(machine)).toEqual(before);
      await sh("eic-agent sshd enable --trial");
      expect(await operator.saysInForce(machine)).toBe(false);
      expect((await trySh("eic-agent sshd status")).stdout).toContain("no: a trial, in which another command decides");
      expect(JSON.parse((await trySh("eic-agent sshd status --json")).stdout)).toMatchObject({ trial: true });

      await operator.pushedKeyOpens(machine, "bob");
      await operator.pushedKeyOpens(machine, "alice");
      await compared(machine, { agrees: CALLS_OF_A_LOGIN, differs: CALLS_OF_A_LOGIN });
      const records = await sh("journalctl --quiet --output=cat --identifier=eic-agent --grep=trial-differs");
      expect(records).toMatch(
        /^trial-differs user=bob fingerprint=(SHA256:\S{43}) in_force=\1 eic_agent=none reason=policy-user-denied /,
      );
      // A key that sshd did not get from eic-agent was not offered by it.
      expect(await sh("journalctl --quiet --output=cat --grep=key-offered-to-sshd || true")).toBe("");
      expect(await sh("eic-agent status --prometheus")).toContain('eic_agent_trial_total{result="differs"} 2\n');
      expect((await operator.doctorFinds(machine)).find(({ check }) => check === "command")).toMatchObject({
        status: "warning",
        message: expect.stringContaining("a trial of eic-agent"),
      });

      const inTrial = await sshdState(machine);
      await operator.upgrade(machine);
      expect(await sh("eic-agent sshd enable")).toContain("a trial is in force already");
      expect(await sshdState(machine)).toEqual(inTrial);
      await operator.pushedKeyOpens(machine, "bob");

      await sh("eic-agent sshd enable --replace");
      expect(await operator.saysInForce(machine)).toBe(true);
      await operator.pushedKeyDoesNotOpen(machine, "bob");
      await operator.pushedKeyOpens(machine, "alice");
      await sh("eic-agent sshd enable --trial");
      await operator.pushedKeyOpens(machine, "bob");

      await operator.remove(machine);
      expect(await sshdState(machine)).toEqual(before);
      await operator.pushedKeyOpens(machine, "bob");
    },
    { expected: /^(trial-differs|key-refused) user=bob / },
  );
});
