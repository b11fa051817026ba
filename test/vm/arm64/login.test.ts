/**
 * The deb for arm64 on Debian 13 for arm64, with its own kernel: sshd, relay, service and one-shot program of that processor.
 * Without SELinux: see kinds.ts. One machine; each test continues where the one before it ended.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { limit } from "../../../tools/slowness.ts";
import { describeWith } from "../../support/needs.ts";
import { makeImage } from "../image.ts";
import { INSTANCE } from "../kinds.ts";
import { type Machine, openMachine } from "../machine.ts";
import { entered, keptOut, settings } from "../operator.ts";

/** Only against hanging: in emulation a boot takes some minutes, a login up to a minute. */
const TIMEOUT_MS = limit(1200);

describeWith("virtual-machine-arm64", "arm64", () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await openMachine(await makeImage("arm64", () => {}));
  }, TIMEOUT_MS);
  afterAll(() => machine?.close(), TIMEOUT_MS);

  test("the package is installed, and the doctor finds no failure", { timeout: TIMEOUT_MS }, async () => {
    expect(await machine.sh("uname --machine; dpkg --print-architecture")).toBe("aarch64\narm64");
    await machine.sh("dpkg --install /root/kit/eic-agent.deb");
    await settings(machine, `[instance]\nid = "${INSTANCE}"\n`);
    await machine.setClock();
    const { output } = await machine.trySh("eic-agent doctor --user alice --json");
    const { checks } = JSON.parse(output) as { checks: { check: string; status: string; message: string }[] };
    expect(checks.filter(({ status }) => status === "failed")).toEqual([]);
  });

  test("relay and service let a pushed key in, and no other key", { timeout: TIMEOUT_MS }, async () => {
    await entered(machine, "alice", await machine.pushed("alice"));
    const { answers } = JSON.parse(await machine.sh("eic-agent status --json"));
    expect(answers).toEqual({ keys: 2 });
    await keptOut(machine, "alice", await machine.newKey());
  });

  test("the one-shot program lets it in without the service", { timeout: TIMEOUT_MS }, async () => {
    await machine.sh("systemctl stop eic-agent.socket eic-agent.service");
    await entered(machine, "bob", await machine.pushed("bob"));
    expect((await machine.trySh("systemctl is-active eic-agent.service")).output).toBe("inactive\n");
  });
});
