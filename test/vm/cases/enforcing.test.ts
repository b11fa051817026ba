/** SELinux enforcing: the package and its module, installed as docs/selinux.md says; logins, and no denial of ours. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { missingFor } from "../../../tools/requirements.ts";
import { limit } from "../../../tools/slowness.ts";
import { describeWith } from "../../support/needs.ts";
import { denials, forgetDenials } from "../audit.ts";
import { makeImage } from "../image.ts";
import { type Machine, openMachine } from "../machine.ts";

/** Only against hanging: a boot takes a minute or two in emulation, and several times that on a busy machine. */
const TIMEOUT_MS = limit(1200);

describeWith("virtual-machine", "SELinux enforcing", () => {
  let machine: Machine;
  beforeAll(async () => {
    const t0 = Date.now();
    machine = await openMachine(await makeImage(() => {}));
    console.log("boot", Date.now() - t0);
  }, TIMEOUT_MS);
  afterAll(() => machine?.close(), TIMEOUT_MS);

  test("try", { timeout: TIMEOUT_MS }, async () => {
    const { sh, trySh } = machine;
    const timed = async <T>(name: string, f: () => Promise<T>) => {
      const t = Date.now();
      const r = await f();
      console.log(name, Date.now() - t, typeof r === "string" ? r : JSON.stringify(r));
      return r;
    };
    await timed("deb", () => sh("dpkg -i /root/kit/eic-agent.deb"));
    await timed("doctor", () => trySh("eic-agent doctor --problems"));
    await timed("module", () =>
      sh(
        "tar -C / -xf /root/kit/policy.tar; load_policy; restorecon -RF /etc/selinux /var/lib/selinux /usr/bin/eic-agent /usr/libexec/eic-agent /etc/eic-agent /run/eic-agent; systemctl restart eic-agent.socket; ls -Z /usr/bin/eic-agent /usr/libexec/eic-agent",
      ),
    );
    await timed("save", () => machine.save("wired"));
    await timed("anchors", () =>
      sh(
        `mkdir -p /etc/eic-agent; cat >/etc/eic-agent/anchors.pem <<'X'\n${machine.anchors()}\nX\nprintf '[trust]\\nanchors = "/etc/eic-agent/anchors.pem"\\n' >/etc/eic-agent/config.toml; restorecon -RF /etc/eic-agent`,
      ),
    );
    await timed("forget", () => forgetDenials(machine));
    const key = await timed("pushed", () => machine.pushed("alice"));
    await timed("login", () => machine.login("alice", key, "id -un; id -Z"));
    await timed("login", () => machine.login("alice", key, "id -un; id -Z"));
    await timed("status", () => trySh("eic-agent status; ps -eZ | grep eic"));
    await timed("doctor", () => trySh("eic-agent doctor --problems"));
    await timed("denials", () => denials(machine));
    await timed("load", () => machine.load("wired"));
    await timed("after", () => sh("date; ls /etc/eic-agent"));
  });
});
void expect;
void missingFor;
