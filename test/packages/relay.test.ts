/** The program that sshd runs, as it is in the packages: its ELF headers, read by readelf. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { ask, DEBS, RPMS, sha256In } from "./built.ts";

const RELAY = "/usr/libexec/eic-agent/authorized-keys";
const TRIAL = "/usr/libexec/eic-agent/trial";

/** As readelf prints them. */
const MACHINES = { x64: "Advanced Micro Devices X86-64", arm64: "AArch64" } as const;

describeWith("package", "the relay in the packages", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "eic-relay-"));
    for (const { cpu, path } of DEBS) {
      const asked = 'dpkg-deb --fsys-tarfile "$1" | tar -xO "$2" >"$3"';
      await ask("sh", "-c", asked, "sh", path, `.${RELAY}`, join(folder, cpu));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(DEBS)("is static, without a symbol for a loader, and for the right processor: $path", async ({ cpu }) => {
    const said = (...words: string[]) => ask("env", "LC_ALL=C", "readelf", "--wide", ...words, join(folder, cpu));
    expect(/Machine: +(.+)$/m.exec(await said("--file-header"))?.[1]).toBe(MACHINES[cpu]);
    // gABI: a dynamic program names its loader in PT_INTERP and its libraries in DT_NEEDED.
    expect(await said("--segments")).not.toMatch(/INTERP/);
    expect(await said("--dynamic")).not.toMatch(/NEEDED/);
    // The first is the null symbol; the linker for arm64 also lists sections, which have no name.
    const symbols = (await said("--dyn-syms")).split("\n").filter((line) => /^ +\d+: /.test(line));
    expect(symbols.filter((line) => !/ (NOTYPE|SECTION) +LOCAL +\S+ +\S+ *(\S+ *)?$/.test(line))).toEqual([]);
    expect(statSync(join(folder, cpu)).size).toBeLessThan(1_000_000);
  });

  test.each([0, 1] as const)(
    "is the same in the rpm as in the deb, and so is the program of a trial (%i)",
    async (at) => {
      for (const path of [RELAY, TRIAL])
        expect(await sha256In(RPMS[at].path, path)).toBe(await sha256In(DEBS[at].path, path));
    },
  );

  test("runs: a usage error exits with 2 and prints nothing", async () => {
    const native = join(folder, process.arch);
    const asked = 'chmod 755 "$1"; status=0; "$1" || status=$?; echo "status $status"';
    expect(await ask("sh", "-c", asked, "sh", native)).toBe("status 2");
  });
});
