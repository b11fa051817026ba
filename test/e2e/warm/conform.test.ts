/**
 * The relay and the warm service meet every requirement. Each lane of the conformance kit has a service of its own, which
 * the adapter starts before the first case, and whose cache it empties before each case.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RequirementReport } from "../../../src/simulator/conform/report.ts";
import { type Namespace, openNamespace, PROGRAMS, SIMULATOR } from "../../support/namespace.ts";
import { describeWith } from "../../support/needs.ts";
import { COMMAND_USER_ID, makeAccounts } from "../../support/sshd-accounts.ts";
import { ofUnit } from "../../support/units.ts";
import { EXECUTABLE, SOCKET } from "../../support/warm-instance.ts";
import { WARM_PROGRAMS } from "../../support/warm-programs.ts";

const SETTINGS = "/etc/eic-agent/config.toml";
const BACKLOG = ofUnit("eic-agent.socket", /^Backlog=(\d+)$/m);
const RESTART = ofUnit("eic-agent.service", /^RestartSec=(\d+)ms$/m);

/** Has a line for each call in which the relay started the one-shot program, in all lanes (one-shot.sh). */
const ONE_SHOTS = "/one-shots";

/** Mounts make files of the one namespace into files of each lane. A changed setting empties the service's cache. */
const ADAPTER = `set -e
own=$EIC_CONFORM_FOLDER
settings() {
  printf '[trust]\\nanchors = "%s"\\ndomains = ["case-%s.example"]\\n[audit]\\ntarget = "none"\\n' \
    "$EIC_CONFORM_ANCHORS" "$(date +%s%N)"
}
settings >"$own/config.toml"
[ -e "$own/started" ] && exit 0
mount --bind "$own/config.toml" ${SETTINGS}
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/eic-agent/slots
touch /run/one-shots /run/eic-agent/slots/0 /run/eic-agent/slots/1 /run/eic-agent/slots/2 /run/eic-agent/slots/3
mount --bind ${ONE_SHOTS} /run/one-shots
${PROGRAMS}/activate ${SOCKET} ${BACKLOG} ${COMMAND_USER_ID} ${RESTART} ${EXECUTABLE} serve >/run/activate.out 2>&1 &
until grep -q '^listens' /run/activate.out; do sleep 0.05; done
touch "$own/started"`;

describeWith("warm-login", "relay and service", () => {
  let namespace: Namespace;
  beforeAll(async () => {
    namespace = await openNamespace([], WARM_PROGRAMS);
    makeAccounts(namespace);
    namespace.write(SETTINGS, "");
    namespace.write(ONE_SHOTS, "");
    mkdirSync(namespace.outside("/sys"));
  });
  afterAll(() => namespace?.close());

  test("meet every MUST and every SHOULD", async () => {
    const options = ["--strict", "--json", "--limit", "60", "--prepare", ADAPTER];
    const relay = [`${PROGRAMS}/authorized-keys`, "{user}", "{fingerprint}"];
    const { status, stdout, stderr } = await namespace.run([SIMULATOR, "conform", ...options, "--", ...relay]);
    expect(stderr).toBe("");
    const { requirements } = JSON.parse(stdout) as { requirements: RequirementReport[] };
    expect(requirements.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(status).toBe(0);
    // Without this, the one-shot program could have met them.
    const oneShots = readFileSync(namespace.outside(ONE_SHOTS), "utf8").split("\n").length - 1;
    process.stdout.write(`one-shot programs ${oneShots}\n`);
    expect(oneShots).toBeLessThan(10);
  });
});
