/** The dependencies of the packages, and the packages that they replace. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mustRun } from "../support/namespace-run.ts";
import { describeWith } from "../support/needs.ts";
import { ask, DEBS, field, query, RPMS, SELINUX_RPM } from "./built.ts";

/** glibc of EL 8, the oldest supported system. */
const OLDEST_GLIBC = "2.28";

/** Returns the newest glibc that the program needs, according to rpm's own reader of ELF files. */
async function glibcSaysRpm(path: string): Promise<string> {
  const needs = (await query(path, "[%{REQUIRENAME}\n]")).split("\n");
  const versions = needs.flatMap((need) => /^lib\w+\.so\.\d\(GLIBC_([\d.]+)\)\(64bit\)$/.exec(need)?.[1] ?? []);
  return versions.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1) ?? "none";
}

describeWith("package", "the packages' dependencies", () => {
  test.each(RPMS)("is a glibc that every supported system has: $path", async ({ path }) => {
    expect(await glibcSaysRpm(path)).toBe(OLDEST_GLIBC);
    expect(await ask("rpm", "-qp", "--requires", path)).toContain(`glibc >= ${OLDEST_GLIBC}`);
  });

  test.each([
    { ...DEBS[0], same: RPMS[0] },
    { ...DEBS[1], same: RPMS[1] },
  ])("is in $path what rpm found in the same program", async ({ path, same }) => {
    expect(await field(path, "Depends")).toContain(`libc6 (>= ${await glibcSaysRpm(same.path)})`);
  });

  test.each(DEBS)("are in $path the libraries, sshd, and useradd", async ({ path }) => {
    const depends = (await field(path, "Depends")).split(", ").map((one) => one.split(" ")[0]);
    expect(depends).toEqual(["libc6", "libgcc-s1", "libstdc++6", "openssh-server", "passwd"]);
  });

  test.each(RPMS)("are in $path the libraries, sshd, useradd, and perhaps logger", async ({ path }) => {
    const needs = (await query(path, "[%{REQUIRENAME}\n]")).split("\n");
    const libraries = needs.flatMap((need) => /^(.+\.so\.\d+)\(\)\(64bit\)$/.exec(need)?.[1] ?? []);
    expect(libraries.filter((name) => !name.startsWith("ld-linux")).sort()).toEqual(
      ["libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libstdc++.so.6"].sort(),
    );
    const others = new Set(needs.filter((need) => !/\.so\.|^rpmlib\(|^rtld\(/.test(need)));
    // The dependency in brackets is one of rpm's rich dependencies.
    const policy = `(eic-agent-selinux >= ${await query(path, "%{VERSION}")} if selinux-policy-targeted)`;
    expect([...others].sort()).toEqual([policy, "/bin/sh", "glibc", "openssh-server", "shadow-utils"]);
    expect(await query(path, "[%{RECOMMENDNAME}\n]")).toBe("/usr/bin/logger");
  });
});

describeWith("package", "the package with the SELinux policy", () => {
  test("is one that satisfies the others' dependency, and depends on none of them", async () => {
    const [provided] = (await ask("rpm", "-qp", "--provides", SELINUX_RPM)).split("\n");
    const [version, release] = (await query(RPMS[0].path, "%{VERSION} %{RELEASE}")).split(" ");
    expect(provided).toBe(`eic-agent-selinux = ${version}-${release}`);
    expect(await query(SELINUX_RPM, "%{ARCH}")).toBe("noarch");
    expect((await query(SELINUX_RPM, "[%{REQUIRENAME}\n]")).split("\n")).not.toContain("eic-agent");
  });
});

describeWith("lintian", "dpkg's own reading of the program", () => {
  test("needs the same libraries, and no older one", async () => {
    const { path } = DEBS.find(({ cpu }) => cpu === process.arch) ?? DEBS[0];
    const folder = mkdtempSync(join(tmpdir(), "eic-shlibs-"));
    try {
      mkdirSync(join(folder, "debian"));
      writeFileSync(join(folder, "debian/control"), "Source: eic-agent\n\nPackage: eic-agent\nArchitecture: any\n");
      await mustRun(["dpkg-deb", "--extract", path, join(folder, "unpacked")]);
      const asked = 'cd "$1" && dpkg-shlibdeps -O --warnings=0 unpacked/usr/bin/eic-agent';
      const theirs = /^shlibs:Depends=(.+)$/.exec(await ask("sh", "-c", asked, "sh", folder))?.[1]?.split(", ") ?? [];
      const ours = (await field(path, "Depends")).split(", ").slice(0, theirs.length);
      const name = (one: string) => one.split(" ")[0];
      expect(ours.map(name)).toEqual(theirs.map(name));
      // dpkg-shlibdeps may require this machine's newer version of a library, although the program's symbols do not need it.
      for (const [i, one] of ours.entries()) {
        const versions = [one, theirs[i] ?? ""].map((text) => /\(>= (.+)\)/.exec(text)?.[1] ?? "");
        await mustRun(["dpkg", "--compare-versions", versions[0] ?? "", "le", versions[1] ?? ""]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describeWith("package", "the packages that they replace", () => {
  test.each(DEBS)("$path: AWS's", async ({ path }) => {
    for (const relation of ["Provides", "Conflicts", "Replaces"]) {
      expect(await field(path, relation), relation).toBe("ec2-instance-connect");
    }
  });

  test.each(RPMS)("$path: none, and it provides only itself", async ({ path }) => {
    expect(await query(path, "[%{CONFLICTNAME}\n][%{OBSOLETENAME}\n]")).toBe("");
    const provides = (await query(path, "[%{PROVIDENAME}\n]")).split("\n");
    expect(provides.filter((name) => !/^eic-agent(\((x86-64|aarch-64)\))?$/.test(name))).toEqual([]);
  });

  test.each([
    { ...DEBS[0], arch: "amd64" },
    { ...DEBS[1], arch: "arm64" },
  ])("$path is for $arch", async ({ path, arch }) => {
    expect(await field(path, "Architecture")).toBe(arch);
    expect(Number(await machineOf(path))).toBe(arch === "amd64" ? 62 : 183);
  });

  test.each([
    { ...RPMS[0], arch: "x86_64" },
    { ...RPMS[1], arch: "aarch64" },
  ])("$path is for $arch", async ({ path, arch }) => {
    expect(await query(path, "%{ARCH} %{OS}")).toBe(`${arch} linux`);
    expect(await query(path, "[%{FILECLASS}\n]")).toMatch(arch === "x86_64" ? /ELF 64-bit LSB.*x86-64/ : /ARM aarch64/);
  });
});

/** Returns e_machine of the program's ELF header (elf.h): 62 is x86-64, 183 is AArch64. */
function machineOf(path: string): Promise<string> {
  const asked = 'dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/bin/eic-agent | od -An -tu2 -j18 -N2 --endian=little';
  return ask("sh", "-c", asked, "sh", path);
}
