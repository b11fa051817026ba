/** The summary of an installation for a newcomer, read from apt's output, and the file that keeps sshd off. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installedBy, keepsSshdOff } from "../tools/setup-install.ts";
import { folder } from "./support/host-log.ts";

/** Output of apt 2.6 and apt 3.0. */
const SAID = `NOTE: This is only a simulation!
Inst libedit2 (3.1-20221030-2 Debian:12.11/oldstable [amd64])
Inst openssh-client (1:9.2p1-2+deb12u7 Debian:12.12/oldstable [amd64])
Inst libc6 [2.36-9+deb12u9] (2.36-9+deb12u10 Debian:12.11/oldstable [amd64]) []
Conf libedit2 (3.1-20221030-2 Debian:12.11/oldstable [amd64])
Remv something [1.0]
`;

test("an installation includes each package that apt would install or upgrade, once", () => {
  expect(installedBy(SAID)).toEqual(["libc6", "libedit2", "openssh-client"]);
  expect(installedBy("")).toEqual([]);
});

test("sshd is disabled by the file that was created here, and not by another of that name", () => {
  const path = join(folder(), "sshd_not_to_be_run");
  expect(keepsSshdOff(path)).toBe(false);
  writeFileSync(path, "the administrator's own\n");
  expect(keepsSshdOff(path)).toBe(false);
});
