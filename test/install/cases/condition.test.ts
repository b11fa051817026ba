/** Machines on which sshd is not in its default state: broken, stopped, masked, without keys, without an Include. */
import { expect } from "vitest";
import { editMain, reload } from "../foreign-command.ts";
import * as operator from "../operator.ts";
import { OTHER_TWO, releaseStory, stories, story, TWO } from "../scenario.ts";
import { mainProcess, sshdState } from "../sshd-state.ts";

const AMAZON = "/opt/aws/bin/eic_run_authorized_keys";
const AMAZON_LINES = `AuthorizedKeysCommand ${AMAZON} %u %f\nAuthorizedKeysCommandUser ec2-instance-connect\n`;
const withoutInclude = (text: string) => text.replace(/^Include .*\n/m, "");

stories("sshd in another condition", () => {
  story(
    "a broken sshd_config: installed all the same, nothing changed, and enabled once it is fixed",
    TWO,
    async (machine) => {
      await operator.ordinaryKeyOpens(machine);
      editMain(machine, (text) => `${text}\nNonsense yes\n`);
      const [before, process] = [await sshdState(machine), await mainProcess(machine)];

      const said = await operator.install(machine);
      expect(said).toContain("Nonsense");
      expect(await sshdState(machine)).toEqual(before);
      expect(await mainProcess(machine)).toBe(process);
      await operator.upgrade(machine);
      await operator.remove(machine);
      expect(await sshdState(machine)).toEqual(before);
      expect(await mainProcess(machine)).toBe(process);

      await operator.install(machine);
      editMain(machine, (text) => text.replace("Nonsense yes\n", ""));
      await reload(machine);
      await machine.sh("eic-agent sshd enable");
      await operator.pushedKeyOpens(machine);
    },
  );

  releaseStory("broken after the installation: removed all the same, and sshd continues", TWO, async (machine) => {
    await operator.install(machine);
    await operator.pushedKeyOpens(machine);
    editMain(machine, (text) => `${text}\nNonsense yes\n`);
    const process = await mainProcess(machine);
    await operator.remove(machine);
    expect(await mainProcess(machine)).toBe(process);
    expect(await machine.sh(`ls ${operator.DROP_IN} || true`)).toBe("");
    editMain(machine, (text) => text.replace("Nonsense yes\n", ""));
    await reload(machine);
  });

  story("no Include, and AWS's command in sshd_config, as Amazon Linux 2023 has it", TWO, async (machine) => {
    await machine.sh(`useradd --system --no-create-home --shell /usr/sbin/nologin ec2-instance-connect`);
    machine.tree.write(AMAZON, "#!/bin/sh\nexit 0\n", 0o755);
    editMain(machine, (text) => `${withoutInclude(text)}\n${AMAZON_LINES}`);
    await reload(machine);
    const before = await sshdState(machine);

    const said = await operator.install(machine);
    expect(said).toContain("--edit-main");
    expect(await sshdState(machine)).toEqual(before);

    await machine.sh("eic-agent sshd enable --replace --edit-main");
    expect(await operator.saysInForce(machine)).toBe(true);
    await operator.pushedKeyOpens(machine);
    const edited = await sshdState(machine);
    await operator.upgrade(machine);
    expect(await sshdState(machine)).toEqual(edited);
    await operator.pushedKeyOpens(machine);

    await operator.remove(machine);
    expect(await sshdState(machine)).toEqual(before);
    await operator.pushedKeyDoesNotOpen(machine);
  });

  releaseStory("no Include, and no command: reported, and --edit-main enables it", OTHER_TWO, async (machine) => {
    editMain(machine, withoutInclude);
    await reload(machine);
    const before = await sshdState(machine);
    const said = await operator.install(machine);
    expect(said).toContain("does not include");
    expect(said).toContain("--edit-main");
    expect(await sshdState(machine)).toEqual(before);

    await machine.sh("eic-agent sshd enable --edit-main");
    await operator.pushedKeyOpens(machine);
    await machine.sh("eic-agent sshd disable");
    expect(await sshdState(machine)).toEqual(before);
    await operator.pushedKeyDoesNotOpen(machine);
  });

  story(
    "no host keys: enabled, the running sshd is not ended, and new keys make it work",
    OTHER_TWO,
    async (machine) => {
      await operator.ordinaryKeyOpens(machine);
      await machine.sh("rm /etc/ssh/ssh_host_*");
      const process = await mainProcess(machine);
      await operator.install(machine);
      expect(await machine.sh(`cat ${operator.DROP_IN}`)).toContain("AuthorizedKeysCommand ");
      expect(await mainProcess(machine)).toBe(process);
      await machine.sh("ssh-keygen -A");
      await reload(machine);
      await operator.pushedKeyOpens(machine);
    },
  );

  releaseStory("stopped: stays stopped, and is in force when it starts", TWO, async (machine) => {
    const units = machine.kind.mode === "service" ? "ssh.service" : "ssh.socket ssh.service";
    await machine.sh(`systemctl stop ${units}`);
    await operator.install(machine);
    expect((await machine.trySh(`systemctl is-active ${units}`)).stdout).toMatch(/^(inactive\n)+$/);
    // Enabled, but no user can log in.
    expect(await operator.saysInForce(machine)).toBe(false);
    await operator.upgrade(machine);
    expect((await machine.trySh(`systemctl is-active ${units}`)).stdout).toMatch(/^(inactive\n)+$/);
    await machine.sh(`systemctl start ${units.split(" ")[0]}`);
    await operator.pushedKeyOpens(machine);
  });

  releaseStory("masked: stays masked, and is in force when it may start again", OTHER_TWO, async (machine) => {
    const units = machine.kind.mode === "service" ? "ssh.service" : "ssh.socket ssh.service";
    // Not `mask --now`: systemd then discards the unit's KillMode before it stops the unit, and ends every session.
    await machine.sh(`systemctl stop ${units}; systemctl --quiet mask ${units}`);
    await operator.install(machine);
    await operator.upgrade(machine);
    expect((await machine.trySh(`systemctl is-active ${units}`)).stdout).toMatch(/^(inactive\n|failed\n)+$/);
    expect((await machine.trySh(`systemctl is-enabled ${units}`)).stdout).toMatch(/^(masked\n)+$/);
    await machine.sh(`systemctl --quiet unmask ${units}; systemctl start ${units.split(" ")[0]}`);
    await operator.pushedKeyOpens(machine);
  });
});
