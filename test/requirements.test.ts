/** System packages that each script needs: `npm test` must not install those that only package builders use. */
import { describe, expect, test } from "vitest";
import { missingPackages, NEEDS, type Need, needsOf, type Work } from "../tools/requirements.ts";

const WORKS = [
  "test",
  "executable",
  "package",
  "test:sshd",
  "test:packages",
  "test:install",
  "test:service",
  "test:fleet",
  "test:vm",
  "test:vm:arm64",
  "test:fuzz",
  "test:newcomer",
  "bench",
  "release",
] as const satisfies readonly Work[];

describe("the needs of a script", () => {
  test("are for npm test those of its tests, without the packages' tests", () => {
    const parts = needsOf("test").flatMap((need): readonly string[] => NEEDS[need].parts);
    for (const heavy of ["rpmbuild", "lintian", "mmdebstrap", "foreign-qemu", "createrepo_c", "gcc", "clang"]) {
      expect(parts).not.toContain(heavy);
    }
    expect(parts).toContain("sshd");
  });

  test.each([
    { work: "executable", includes: ["strip", "foreign-strip", "foreign-qemu"], not: "rpmbuild" },
    { work: "package", includes: ["dpkg-deb", "rpmbuild", "readelf", "gcc"], not: "foreign-gcc" },
    {
      work: "test:packages",
      includes: ["lintian", "rpmbuild", "gpg", "foreign-qemu", "gcc", "foreign-gcc"],
      not: "mmdebstrap",
    },
    { work: "test:install", includes: ["mmdebstrap", "systemd-nspawn", "rpmbuild", "gcc"], not: "foreign-gcc" },
    { work: "test:service", includes: ["gcc", "foreign-gcc", "foreign-qemu", "sesearch", "rpmbuild"], not: "clang" },
    { work: "test:fleet", includes: ["ansible-playbook", "mmdebstrap", "dpkg-deb", "gcc"], not: "foreign-gcc" },
    { work: "test:vm", includes: ["mmdebstrap", "qemu-system-x86_64", "dpkg-deb", "gcc"], not: "foreign-gcc" },
    {
      work: "test:vm:arm64",
      includes: ["mmdebstrap", "qemu-system-aarch64", "dpkg-deb", "foreign-gcc"],
      not: "qemu-system-x86_64",
    },
    { work: "test:sshd", includes: ["sshd", "unshare"], not: "gcc" },
    { work: "test:fuzz", includes: ["clang", "libfuzzer"], not: "foreign-gcc" },
    { work: "test:newcomer", includes: ["mmdebstrap", "git"], not: "sshd" },
    { work: "bench", includes: ["curl", "gcc"], not: "rpmbuild" },
    { work: "release", includes: ["foreign-gcc", "gpg", "rpmsign", "rpmbuild", "foreign-strip"], not: "mmdebstrap" },
  ] as const)("are for $work what it uses", ({ work, includes, not }) => {
    const parts = needsOf(work).flatMap((need): readonly string[] => NEEDS[need].parts);
    expect(parts).toEqual(expect.arrayContaining([...includes]));
    expect(parts).not.toContain(not);
  });

  test("are each used", () => {
    const asked = new Set(WORKS.flatMap((work) => needsOf(work)));
    expect((Object.keys(NEEDS) as Need[]).filter((need) => !asked.has(need))).toEqual([]);
  });

  test("name no package if a family has none", () => {
    expect(missingPackages("rpm", Object.keys(NEEDS) as Need[])).not.toContain("");
  });
});
