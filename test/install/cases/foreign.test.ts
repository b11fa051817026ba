/** Machines with another AuthorizedKeysCommand: it is kept until the administrator requests a change. */
import { expect } from "vitest";
import {
  CORP,
  CORP_LINES,
  corpKeyDoesNotOpen,
  corpKeyOpens,
  editMain,
  layCorpKeys,
  reload,
  startOf,
} from "../foreign-command.ts";
import type { Machine } from "../machine.ts";
import * as operator from "../operator.ts";
import { FROM_13, OTHER_TWO, releaseStory, stories, story, TWO } from "../scenario.ts";
import { sshdState } from "../sshd-state.ts";

const DROP_IN = "/etc/ssh/sshd_config.d/50-corp.conf";

/** sshd_config.d/20-systemd-userdb.conf of systemd 256 and later. */
const USERDB_LINES =
  "AuthorizedKeysCommand /usr/bin/userdbctl ssh-authorized-keys %u\nAuthorizedKeysCommandUser root\n";

/** Installs and configures the other command, and checks it. @returns its key, and sshd's state to compare with later */
async function wired(machine: Machine, wire: () => void) {
  const key = await layCorpKeys(machine);
  wire();
  await reload(machine);
  await corpKeyOpens(machine, key);
  return { key, before: await sshdState(machine) };
}

stories("another AuthorizedKeysCommand", () => {
  story("in a drop-in: left unchanged, chained on request, and alone again", TWO, async (machine) => {
    const { key, before } = await wired(machine, () => machine.tree.write(DROP_IN, CORP_LINES));

    const said = await operator.install(machine);
    expect(said).toContain(CORP.program);
    expect(said).toContain("--chain");
    expect(said).toContain("--replace");
    expect(await sshdState(machine)).toEqual(before);
    expect(await operator.saysInForce(machine)).toBe(false);
    await corpKeyOpens(machine, key);
    await operator.pushedKeyDoesNotOpen(machine);

    await machine.sh("eic-agent sshd enable --chain");
    expect(await operator.saysInForce(machine)).toBe(true);
    await corpKeyOpens(machine, key);
    await operator.pushedKeyOpens(machine);
    await operator.pushedKeyOpens(machine, "bob");
    const chained = await sshdState(machine);

    await operator.upgrade(machine);
    expect(await sshdState(machine)).toEqual(chained);
    await corpKeyOpens(machine, key);
    await operator.pushedKeyOpens(machine);

    await operator.remove(machine);
    expect(await sshdState(machine)).toEqual(before);
    await corpKeyOpens(machine, key);
    await operator.pushedKeyDoesNotOpen(machine);
  });

  releaseStory("in sshd_config: replaced on request, and in force again after the removal", TWO, async (machine) => {
    const { key, before } = await wired(machine, () => editMain(machine, (text) => `${text}\n${CORP_LINES}`));
    await operator.install(machine);
    expect(await sshdState(machine)).toEqual(before);

    await machine.sh("eic-agent sshd enable --replace");
    expect(await operator.saysInForce(machine)).toBe(true);
    await operator.pushedKeyOpens(machine);
    await corpKeyDoesNotOpen(machine, key);

    await operator.remove(machine);
    expect(await sshdState(machine)).toEqual(before);
    await corpKeyOpens(machine, key);
  });

  story("run by root: not chained, with the reason", OTHER_TWO, async (machine) => {
    const lines = CORP_LINES.replace(`User ${CORP.user}`, "User root");
    const { key, before } = await wired(machine, () => machine.tree.write(DROP_IN, lines));
    await operator.install(machine);
    const { status, stdout, stderr } = await machine.trySh("eic-agent sshd enable --chain");
    expect(status).toBe(1);
    expect(`${stdout}${stderr}`).toContain("root");
    expect(await sshdState(machine)).toEqual(before);
    await corpKeyOpens(machine, key);
  });

  story("systemd's userdbctl, as in its package: left unchanged, and replaced on request", FROM_13, async (machine) => {
    const file = "20-systemd-userdb.conf";
    machine.tree.write(`/usr/lib/systemd/sshd_config.d/${file}`, USERDB_LINES);
    await machine.sh(`ln -s ../../../usr/lib/systemd/sshd_config.d/${file} /etc/ssh/sshd_config.d/${file}`);
    await reload(machine);
    const before = await sshdState(machine);

    expect(await operator.install(machine)).toContain("userdbctl");
    expect(await sshdState(machine)).toEqual(before);
    await operator.pushedKeyDoesNotOpen(machine);
    await machine.sh("eic-agent sshd enable --replace");
    await operator.pushedKeyOpens(machine);
    await operator.remove(machine);
    expect(await sshdState(machine)).toEqual(before);
  });

  story("in a Match block for one user: that user keeps it, all others have eic-agent", OTHER_TWO, async (machine) => {
    const block = `\nMatch User bob\n  ${CORP_LINES.trim().replace("\n", "\n  ")}\n`;
    const { key } = await wired(machine, () => editMain(machine, (text) => text + block));
    await operator.install(machine);
    expect(await operator.saysInForce(machine)).toBe(true);
    await operator.pushedKeyOpens(machine, "alice");
    await operator.pushedKeyDoesNotOpen(machine, "bob");
    await corpKeyOpens(machine, key);
  });

  releaseStory("in a Match block for all users: no useless line of eic-agent stays", TWO, async (machine) => {
    const block = `\nMatch User *\n  ${CORP_LINES.trim().replace("\n", "\n  ")}\n`;
    const { key, before } = await wired(machine, () => editMain(machine, (text) => text + block));
    expect(await operator.install(machine)).toContain("Match");
    expect(await sshdState(machine)).toEqual(before);
    expect(await operator.saysInForce(machine)).toBe(false);
    await corpKeyOpens(machine, key);
  });

  releaseStory("only its user, in an earlier file: reverted, with the reason", TWO, async (machine) => {
    const path = "/etc/ssh/sshd_config.d/10-accounts.conf";
    machine.tree.write(path, "AuthorizedKeysCommandUser nobody\n");
    await reload(machine);
    const before = await sshdState(machine);
    const said = await operator.install(machine);
    expect(said).toContain("AuthorizedKeysCommandUser");
    expect(said).toContain(path);
    expect(await sshdState(machine)).toEqual(before);
    expect(await operator.saysInForce(machine)).toBe(false);
    await operator.pushedKeyDoesNotOpen(machine);

    await machine.sh(`rm ${path}`);
    await reload(machine);
    await machine.sh("eic-agent sshd enable");
    await operator.pushedKeyOpens(machine);
  });

  releaseStory("on sshd's command line, by an override of its unit: left unchanged", OTHER_TWO, async (machine) => {
    const options = `-o "AuthorizedKeysCommand ${CORP.program} %%u" -o "AuthorizedKeysCommandUser ${CORP.user}"`;
    const { unit, command } = startOf(machine);
    const override = `[Service]\nExecStart=\nExecStart=${command} ${options} $SSHD_OPTS\n`;
    const key = await layCorpKeys(machine);
    machine.tree.write(`/etc/systemd/system/${unit}.d/corp.conf`, override);
    await machine.sh("systemctl daemon-reload; systemctl try-restart ssh.service");
    await corpKeyOpens(machine, key);
    const before = await sshdState(machine);

    expect(await operator.install(machine)).toContain(CORP.program);
    expect(await sshdState(machine)).toEqual(before);
    expect(await operator.saysInForce(machine)).toBe(false);
    const failed = (await operator.doctorFinds(machine)).find(({ check }) => check === "command");
    expect(JSON.stringify(failed)).toContain(CORP.program);
    await corpKeyOpens(machine, key);
    await operator.remove(machine);
    expect(await sshdState(machine)).toEqual(before);
    await corpKeyOpens(machine, key);
  });
});
