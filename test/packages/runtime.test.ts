/**
 * /run/eic-agent as the packages' scripts make it before the first boot: equal to what systemd-tmpfiles makes from the same
 * file. If there is no systemd-tmpfiles, the scripts make it by hand.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { openScratch, type Scratch } from "./scratch.ts";

const LIST = "find /run/eic-agent -printf '%M %u:%g %y %p\\n' | sort -k4";

/** The entries of systemd/tmpfiles.d/eic-agent.conf (tmpfiles.d(5)), in find's format. */
const MADE = [
  "drwxr-xr-x root:root d /run/eic-agent",
  "drwxr-x--- root:eic-agent d /run/eic-agent/slots",
  ...[0, 1, 2, 3].map((slot) => `-rw-r----- root:eic-agent f /run/eic-agent/slots/${slot}`),
];

/** Including a container image without systemd, and one in which systemd-tmpfiles fails. */
const SYSTEMS = [
  { system: "with systemd-tmpfiles", change: ":" },
  { system: "without systemd-tmpfiles", change: "rm /usr/bin/systemd-tmpfiles" },
  { system: "with a systemd-tmpfiles that fails", change: "ln -sf false /usr/bin/systemd-tmpfiles" },
  // Debian's own helpers are not removed: they are in a package that every Debian system has.
  { system: "without anything of systemd", change: "rm /usr/bin/systemd-* /usr/bin/systemctl" },
];
const FORMATS = [
  { format: "deb", install: "install", again: "install new" },
  { format: "rpm", install: "add -i", again: "add -U new" },
] as const;
const RPM = 'add() { rpm $1 --nodeps "/given/$2.rpm"; }';

describeWith("scratch-root", "/run/eic-agent", () => {
  let scratch: Scratch;
  beforeAll(() => {
    scratch = openScratch();
  });
  afterAll(() => scratch.close());

  describeEach(({ format, install, again, system, change }) => {
    test(`exists after installing the ${format} ${system}, with any umask, and without a message`, async () => {
      for (const umask of ["0000", "0077"]) {
        const said = await scratch.run(`${RPM}; ${change}; umask ${umask}; ${install} old; ${LIST}
          grep '^eic-agent: ' /log || :`);
        expect(said, umask).toEqual(MADE);
      }
    });

    test(`is repaired by the ${format} ${system}, and a locked slot stays the same file`, async () => {
      const said = await scratch.run(`${RPM}; ${change}; ${install} old; cd /run/eic-agent/slots; before=$(stat -c %i 0)
        rm 1; chmod 666 2; chown eic-agent 3; chmod 777 .; chown eic-agent /run/eic-agent
        exec 9<0; flock -n 9; ${again}; ${LIST}
        [ "$(stat -c %i 0)" = "$before" ] && ! flock -n ./0 true && echo 'slot 0 is held' || :`);
      expect(said).toEqual([...MADE, "slot 0 is held"]);
    });
  });

  test("is reported as missing if it cannot be created, with the next step, and the package is installed", async () => {
    const said = await scratch.run(`rm /usr/bin/systemd-tmpfiles; : >/run/eic-agent; install old
      dpkg -s eic-agent | grep Status; grep '^eic-agent: ' /log`);
    expect(said).toEqual([
      "Status: install ok installed",
      expect.stringMatching(
        /could not create \/run\/eic-agent\/slots, .* run 'systemd-tmpfiles --create eic-agent\.conf'/,
      ),
    ]);
  });
});

type Case = (typeof FORMATS)[number] & (typeof SYSTEMS)[number];

function describeEach(body: (each: Case) => void): void {
  for (const format of FORMATS) for (const system of SYSTEMS) body({ ...format, ...system });
}
