/**
 * SELinux enforcing on Debian's policy, with the deb and its module installed as docs/selinux.md says. One machine: it is
 * prepared once, and each story begins with that state. No story may leave a denial of the program's domains.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isBrief, limit } from "../../../tools/slowness.ts";
import { describeWith } from "../../support/needs.ts";
import { forgetDenials, ourDenials } from "../audit.ts";
import { makeImage } from "../image.ts";
import { type Machine, openMachine } from "../machine.ts";
import { listed, measured, measureFromNow, record } from "../needs.ts";
import { keptOut, settings } from "../operator.ts";
import { HOST } from "../stories/host.ts";
import { LIFE } from "../stories/life.ts";
import { NETWORK } from "../stories/network.ts";
import { WAYS } from "../stories/ways.ts";
import type { Story } from "../story.ts";

/** Only against hanging: in emulation a boot takes a minute or two, a login up to a minute. */
const TIMEOUT_MS = limit(1200);
const WIRED = "wired";
/** Stories whose accesses are measured, one after the other: all of a login's ways, and the records. */
const MEASURED = 5;

/** As docs/selinux.md says; the policy was compiled outside, since this takes minutes in emulation. */
const LOAD_MODULE = `
  tar --extract --file=/root/kit/policy.tar --directory=/
  restorecon -RF /etc/selinux /var/lib/selinux; load_policy
  restorecon -RF /usr/bin/eic-agent /usr/libexec/eic-agent /etc/eic-agent /run/eic-agent
  systemctl stop eic-agent.service; systemctl try-restart eic-agent.socket`;

const STORIES: readonly Story[] = [...WAYS, ...LIFE, ...NETWORK, ...HOST];
/** In CI's time: what every host depends on. */
const TOLD = isBrief ? STORIES.slice(0, 2) : STORIES;

describeWith("virtual-machine", "SELinux enforcing", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await openMachine(await makeImage("x64", () => {}));
  }, TIMEOUT_MS);
  afterAll(() => machine?.close(), TIMEOUT_MS);

  test("without the module: the installation and doctor say so, and no pushed key is accepted", {
    timeout: TIMEOUT_MS,
  }, async () => {
    expect(await machine.sh("getenforce")).toBe("Enforcing");
    expect(await machine.sh("dpkg --install /root/kit/eic-agent.deb")).toMatch(
      /SELinux enforces without eic-agent's policy, .* run 'semodule -X 200 -i \/usr\/share\/selinux\/packages\/eic_agent\.cil'/,
    );
    await settings(machine);
    await keptOut(machine, "alice", await machine.pushed("alice"));
    const { status, output } = await machine.trySh("eic-agent doctor --problems");
    expect(status).toBe(1);
    expect(output).toMatch(/^failed +SELinux /m);
  });

  test("with the module the doctor finds no failure", { timeout: TIMEOUT_MS }, async () => {
    await machine.sh(LOAD_MODULE);
    const { output } = await machine.trySh("eic-agent doctor --user alice --json");
    const { checks } = JSON.parse(output) as { checks: { check: string; status: string; message: string }[] };
    const about = checks.filter(({ check, status }) => check === "selinux" || status === "failed");
    // It still names the denials from before.
    const message = expect.stringMatching(/^enforcing, with eic-agent's policy; recently denied/);
    expect(about).toEqual([expect.objectContaining({ check: "selinux", status: "warning", message })]);
    await machine.save(WIRED);
  });

  // Left out if brief, and not skipped: in CI a skipped test is a failure.
  if (!isBrief) {
    test("logins use no permission that packaging/selinux/needs.tsv does not list", {
      timeout: TIMEOUT_MS,
    }, async () => {
      await machine.load(WIRED);
      await measureFromNow(machine);
      for (const { tell } of WAYS.slice(0, MEASURED)) await tell(machine);
      const rows = await measured(machine);
      expect(rows.length).toBeGreaterThan(100);
      if (process.env.EIC_RECORD === "1") record(rows);
      const known = listed();
      expect(rows.filter((row) => !known.includes(row))).toEqual([]);
    });
  }

  describe("with the module:", () => {
    // Not test.each(), which shortens the titles: `--only NAME` must find them.
    for (const { title, tell } of TOLD) {
      test(title, { timeout: TIMEOUT_MS }, async () => {
        await machine.load(WIRED);
        await forgetDenials(machine);
        await tell(machine);
        expect(await ourDenials(machine)).toEqual([]);
      });
    }
  });
});
