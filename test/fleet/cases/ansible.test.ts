/**
 * The Ansible role on two booted systems: one without a command for sshd, which installs from a signed apt repository, and
 * one with a company's own command, which installs from a file and chains. Both start without anything of eic-agent.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { isBrief, limit } from "../../../tools/slowness.ts";
import { CORP_LINES, corpKeyDoesNotOpen, corpKeyOpens, layCorpKeys, reload } from "../../install/foreign-command.ts";
import type { Machine } from "../../install/machine.ts";
import { dpkgField, ordinaryKeyOpens, pushedKeyDoesNotOpen, pushedKeyOpens } from "../../install/operator.ts";
import { KIT_FOLDER } from "../../install/packages.ts";
import { openSession, type Session } from "../../install/session.ts";
import { type SshdState, sshdState } from "../../install/sshd-state.ts";
import { describeWith } from "../../support/needs.ts";
import type { KeyPair } from "../../support/sshd-keys.ts";
import { type Ansible, ansibleFor } from "../ansible.ts";
import { makeAptRepository } from "../apt-repository.ts";
import { differences, filesOf, openFreshHost, SIMULATED } from "../fresh-host.ts";
import { FLEET_12, FLEET_13 } from "../releases.ts";

/** Hosts in one batch: the playbook's own batches, one host first, are used once. */
const TOGETHER = { batches: ["100%"] } as const;

const SETTINGS = { ...SIMULATED, audit: { format: "json" }, policy: { deny_users: ["bob"] } } as const;
/** A lower limit than the program accepts, and a name that it does not know. */
const WRONG = { ...SETTINGS, metadata: { deadline_ms: 200 }, policy: { deny_user: ["bob"] } } as const;

const UNCHANGED = { web: expect.objectContaining({ changed: 0 }), batch: expect.objectContaining({ changed: 0 }) };

describeWith("ansible", "the Ansible role", () => {
  let web: Machine;
  let batch: Machine;
  let corp: KeyPair;
  let before: readonly SshdState[];
  let sessions: readonly Session[];
  let ansible: Ansible;

  beforeAll(async () => {
    [web, batch] = await Promise.all([
      openFreshHost({ release: FLEET_12, mode: "service" }),
      openFreshHost({ release: FLEET_13, mode: "socket" }),
    ]);
    corp = await layCorpKeys(batch);
    batch.tree.write("/etc/ssh/sshd_config.d/50-corp.conf", CORP_LINES);
    await reload(batch);
    const key = makeAptRepository(web.tree.outside("/srv/apt"));
    ansible = ansibleFor({
      web: {
        machine: web,
        variables: {
          ...{ eic_agent_apt_source: "file:/srv/apt stable main", eic_agent_apt_key: key },
          ...{ eic_agent_settings: SETTINGS, eic_agent_verify_user: "alice" },
        },
      },
      batch: {
        machine: batch,
        variables: {
          ...{ eic_agent_files: [`${KIT_FOLDER}/eic-agent.deb`], eic_agent_sshd_mode: "chain" },
          eic_agent_settings: SETTINGS,
        },
      },
    });
    sessions = await Promise.all([web, batch].map((machine) => openSession(machine)));
    before = await Promise.all([web, batch].map(sshdState));
  }, limit(180));

  afterAll(async () => {
    ansible?.close();
    await Promise.all([web, batch].map((machine) => machine?.close()));
  });

  /** Returns what has changed on both hosts since. */
  const changedSince = async (files: readonly (readonly string[])[]) =>
    (await Promise.all([web, batch].map(filesOf))).map((now, at) => differences(files[at] ?? [], now));

  test("predicts an installation in check mode, and changes nothing", async () => {
    const files = await Promise.all([web, batch].map(filesOf));
    const { status, changed, output } = await ansible.play(TOGETHER, "--check");
    expect(status, output).toBe(0);
    const predicted = [
      "Make the folder of the settings",
      "Predict config.toml in a folder that check mode has not made",
      "Predict an installation whose package check mode has not laid on the host",
      "Predict what the first installation does to sshd",
    ];
    expect(changed).toEqual({
      web: expect.arrayContaining([...predicted, "Write the repository's key", "Write the source"]),
      batch: expect.arrayContaining([...predicted, "Make the folder of the packages"]),
    });
    expect(await changedSince(files)).toEqual([[], []]);
    expect(await Promise.all([web, batch].map(sshdState))).toEqual(before);
  });

  test("installs, configures and puts in force, one host after the other", async () => {
    const { status, recap, output } = await ansible.play();
    expect(status, output).toBe(0);
    expect(recap).toEqual({
      web: expect.objectContaining({ failed: 0, unreachable: 0 }),
      batch: expect.objectContaining({ failed: 0, unreachable: 0 }),
    });
    expect(output.match(/^PLAY \[/gm)).toHaveLength(2);
    for (const machine of [web, batch]) {
      await machine.sh("eic-agent sshd status && eic-agent settings check");
      await pushedKeyOpens(machine, "alice");
      // The policy of the settings.
      await pushedKeyDoesNotOpen(machine, "bob");
    }
    await corpKeyOpens(batch, corp);
  });

  test("changes nothing in a second run", async () => {
    const files = await Promise.all([web, batch].map(filesOf));
    const { status, recap, output } = await ansible.play(TOGETHER);
    expect(status, output).toBe(0);
    expect(recap).toEqual(UNCHANGED);
    expect(await changedSince(files)).toEqual([[], []]);
  });

  test.each(isBrief ? [{ words: [] }] : [{ words: ["--check"] }, { words: [] }])(
    "refuses wrong settings before they are in place $words",
    async ({ words }) => {
      const files = await filesOf(web);
      const { status, recap, output } = await ansible.play({ eic_agent_settings: WRONG }, "--limit", "web", ...words);
      expect(status).toBe(2);
      expect(recap).toEqual({ web: expect.objectContaining({ failed: 1, changed: 0 }) });
      expect(output).toContain("policy.deny_user is not a known setting; did you mean deny_users?");
      expect(output).toContain("metadata.deadline_ms must be a whole number from 500 to 4000 (found 200)");
      expect(differences(files, await filesOf(web))).toEqual([]);
      await pushedKeyOpens(web, "alice");
    },
  );

  test("replaces the other command when the mode says so, and predicts that in check mode", async () => {
    const replace = { eic_agent_sshd_mode: "replace" };
    const files = await filesOf(batch);
    const one = ["Put eic-agent's command in force"];
    expect((await ansible.play(replace, "--limit", "batch", "--check")).changed).toEqual({ batch: one });
    expect(differences(files, await filesOf(batch))).toEqual([]);
    await corpKeyOpens(batch, corp);

    const { status, changed, output } = await ansible.play(replace, "--limit", "batch");
    expect(status, output).toBe(0);
    expect(changed).toEqual({ batch: one });
    await corpKeyDoesNotOpen(batch, corp);
    await pushedKeyOpens(batch, "alice");
  });

  test("fails with the doctor's message and hint", async () => {
    await web.sh("ip address del 169.254.169.254/32 dev lo; ip address del fd00:ec2::254/128 dev lo");
    const { status, recap, output } = await ansible.play({}, "--limit", "web");
    await web.sh("ip address add 169.254.169.254/32 dev lo; ip address add fd00:ec2::254/128 dev lo nodad");
    expect(status).toBe(2);
    expect(recap).toEqual({ web: expect.objectContaining({ failed: 1, changed: 0 }) });
    const { checks } = JSON.parse((await web.trySh("eic-agent doctor --json")).stdout) as {
      checks: { status: string }[];
    };
    expect(checks.filter((check) => check.status === "failed")).toEqual([]);
    expect(output).toMatch(/metadata-ipv4: .+ => .+/);
  });

  test("removes all of it, and what was in force before is in force again", async () => {
    const absent = { ...TOGETHER, eic_agent_state: "absent", eic_agent_purge: true };
    const files = await Promise.all([web, batch].map(filesOf));
    const predicted = await ansible.play(absent, "--check");
    expect(predicted.status, predicted.output).toBe(0);
    expect(await changedSince(files)).toEqual([[], []]);

    const { status, changed, output } = await ansible.play(absent);
    expect(status, output).toBe(0);
    expect(changed).toEqual(predicted.changed);
    expect(await Promise.all([web, batch].map(sshdState))).toEqual(before);
    for (const machine of [web, batch]) {
      expect(await dpkgField(machine, "Status")).toBe("");
      await machine.sh("test ! -e /etc/eic-agent && test ! -e /var/cache/eic-agent && test ! -e /usr/bin/eic-agent");
      await pushedKeyDoesNotOpen(machine, "alice");
      await ordinaryKeyOpens(machine);
    }
    await corpKeyOpens(batch, corp);
    if (!isBrief) expect((await ansible.play(absent)).recap).toEqual(UNCHANGED);
  });

  test("fails with the program's refusal if another command is in force and the mode keeps it", async () => {
    const { status, output } = await ansible.play({ eic_agent_sshd_mode: "enable" }, "--limit", "batch");
    expect(status).toBe(2);
    expect(output).toMatch(/"msg": "sshd runs another command already.* => .*--chain/);
    await corpKeyOpens(batch, corp);
  });

  test("ends no session that was open all the time", async () => {
    for (const session of sessions) await session.stillAnswers();
    await Promise.all(sessions.map((session) => session.close()));
  });
});
