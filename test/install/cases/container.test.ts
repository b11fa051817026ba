/** Containers: sshd is started by hand, and systemd does not run, or is not installed. */
import { expect } from "vitest";
import { documented } from "../../support/documented.ts";
import type { Machine } from "../machine.ts";
import * as operator from "../operator.ts";
import { OTHER_TWO, stories, story, TWO } from "../scenario.ts";

const BARE = { down: true, bare: true } as const;

/** The files that docs/relay.md and systemd/tmpfiles.d describe. */
const FOLDER = `/run/eic-agent 755 root:root
/run/eic-agent/slots 750 root:eic-agent
/run/eic-agent/slots/0 640 root:eic-agent
/run/eic-agent/slots/1 640 root:eic-agent
/run/eic-agent/slots/2 640 root:eic-agent
/run/eic-agent/slots/3 640 root:eic-agent`;

const slots = ({ sh }: Machine) =>
  sh("stat --format='%n %a %U:%G' /run/eic-agent /run/eic-agent/slots /run/eic-agent/slots/*");

/** Up to Debian 12 it works without systemd; later openssh-server needs a program that makes accounts, which systemd has. */
const PURGED = "dpkg --purge systemd-sysv systemd";
const STRIPPED = "rm /usr/bin/systemctl /usr/bin/systemd-tmpfiles";
const WITHOUT = { bullseye: PURGED, bookworm: PURGED, trixie: STRIPPED, sid: STRIPPED } as const;

const complaints = (lines: readonly string[]) => lines.filter((line) => /AuthorizedKeysCommand/.test(line));

async function doctorsHint(machine: Machine): Promise<string> {
  const found = await operator.doctorFinds(machine);
  const { hint } = found.find(({ check, status }) => check === "slots" && status === "failed") ?? {};
  return hint ?? `exit 1 # no hint in ${JSON.stringify(found)}`;
}

stories("a container", () => {
  story(
    "with an image in which it was installed: one-shot programs work, once its folder exists as the doctor says",
    OTHER_TWO,
    async (machine) => {
      await operator.install(machine);
      expect(await slots(machine)).toBe(FOLDER);
      const sshd = await machine.contain();
      // Its /run is new, and no process creates the agent's folder there.
      await operator.pushedKeyDoesNotOpen(machine);
      const from = sshd.lines.length;
      for (const command of [await doctorsHint(machine), ...documented("docs/install.md", "slots")]) {
        await machine.sh(`rm -rf /run/eic-agent; ${command}`);
        expect(await slots(machine)).toBe(FOLDER);
      }
      await operator.pushedKeyOpens(machine);
      await operator.ordinaryKeyOpens(machine);
      await operator.upgrade(machine);
      await operator.pushedKeyOpens(machine);
      expect(complaints(sshd.lines.slice(from))).toEqual([]);
    },
    BARE,
  );

  story(
    "without systemd's programs: installed while sshd runs, logged in, purged",
    TWO,
    async (machine) => {
      await machine.sh(WITHOUT[machine.kind.release.suite]);
      const sshd = await machine.contain();
      await operator.pushedKeyDoesNotOpen(machine);
      expect(await operator.install(machine)).toContain("sshd was sent SIGHUP");
      expect(await slots(machine)).toBe(FOLDER);
      expect(await operator.saysInForce(machine)).toBe(true);
      await operator.pushedKeyOpens(machine);

      await operator.purge(machine);
      await operator.pushedKeyDoesNotOpen(machine);
      expect(complaints(sshd.lines)).toEqual([]);
      const left = "find /run /etc /usr /var/lib -path /var/lib/dpkg -prune -o -name '*eic-agent*' -print";
      expect(await machine.sh(left)).toBe("");
    },
    BARE,
  );
});
