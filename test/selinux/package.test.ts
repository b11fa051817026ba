/** The package of the module: reproducible byte for byte, and its scriptlets work on a module store like EL's. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSelinuxRpm } from "../../packaging/build/selinux.ts";
import { limit } from "../../tools/slowness.ts";
import { programPath } from "../../tools/system.ts";
import { describeWith } from "../support/needs.ts";
import { MODULE } from "./policies.ts";

const query = (path: string, ...words: string[]) => execFileSync("rpm", ["-qp", ...words, path], { encoding: "utf8" });

describeWith("selinux-package", "the package", () => {
  let folder: string;
  let path: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "eic-selinux-rpm-"));
    path = makeSelinuxRpm("1.2.3-rc.1", folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is the same, byte for byte, when it is made again", () => {
    const other = join(folder, "again");
    expect(readFileSync(makeSelinuxRpm("1.2.3-rc.1", other))).toEqual(readFileSync(path));
  });

  test("is for every processor, and has the module unchanged", () => {
    expect(query(path, "--queryformat", "%{NAME} %{VERSION} %{ARCH}")).toBe("eic-agent-selinux 1.2.3~rc.1 noarch");
    expect(query(path, "--list").trim().split("\n")).toEqual([
      "/usr/share/selinux/packages/eic_agent.cil",
      "/var/lib/selinux/targeted/active/modules/200/eic_agent",
    ]);
    const digests = query(path, "--queryformat", "[%{FILEDIGESTS} ]").trim();
    expect(digests).toBe(createHash("sha256").update(readFileSync(MODULE)).digest("hex"));
  });

  test("requires the programs that its scriptlets run", () => {
    const requires = query(path, "--requires");
    for (const name of ["selinux-policy", "selinux-policy-base", "policycoreutils", "libselinux-utils"])
      expect(requires.split("\n").map((line) => line.trim())).toContain(name);
  });

  describeWith("selinux-scriptlets", "its scriptlets", () => {
    /** Runs lines of shell with private copies of /etc/selinux, the module store and the installed module. */
    const inPrivate = (lines: string) => {
      const script = (tag: string) => `printf '%s' "$${tag}" > /run/eic-scripts/${tag}`;
      const setUp = `set -eu
mount -t tmpfs tmpfs /run && mkdir /run/eic-scripts /run/store /run/etc
cp -a /var/lib/selinux/default /run/store/targeted && mount --bind /run/store /var/lib/selinux
cp -a /etc/selinux/default /run/etc/targeted && cp /etc/selinux/semanage.conf /run/etc && mount --bind /run/etc /etc/selinux
mkdir -p /run/share/packages && mount --bind /run/share /usr/share/selinux
cp "$MODULE" /usr/share/selinux/packages/eic_agent.cil
echo SELINUXTYPE=targeted > /etc/selinux/config
${["POSTIN", "POSTUN", "POSTTRANS"].map(script).join("\n")}
scriptlet() {
  status=0; sh "/run/eic-scripts/$1" "$2" > /run/said 2>&1 || status=$?
  echo "$1 $2: $(grep -c 'semodule.*failed' /run/said || :) failures, status $status"
}
module() { semodule -s targeted -lfull | grep eic_agent || echo no module; }
labels() { grep -c eic_agent /etc/selinux/targeted/contexts/files/file_contexts || :; }
`;
      const env = { ...process.env, MODULE } as NodeJS.ProcessEnv;
      for (const tag of ["POSTIN", "POSTUN", "POSTTRANS"]) env[tag] = query(path, "--queryformat", `%{${tag}}`);
      const words = ["--mount", "--propagation", "private", "sh", "-c", setUp + lines];
      const { stdout, stderr } = spawnSync(programPath("unshare") ?? "unshare", words, { env, encoding: "utf8" });
      return stdout
        .trim()
        .split("\n")
        .concat(stdout === "" ? stderr : []);
    };

    test("install the module, keep it on an upgrade, and remove it", { timeout: limit(300) }, () => {
      const told = inPrivate(`
scriptlet POSTIN 1; module; labels; scriptlet POSTTRANS 1
scriptlet POSTUN 1; module
scriptlet POSTUN 0; module; labels`);
      expect(told.map((line) => line.replace(/ +/g, " ").trim())).toEqual([
        "POSTIN 1: 0 failures, status 0",
        "200 eic_agent cil",
        "7",
        "POSTTRANS 1: 0 failures, status 0",
        "POSTUN 1: 0 failures, status 0",
        "200 eic_agent cil",
        "POSTUN 0: 0 failures, status 0",
        "no module",
        "0",
      ]);
    });

    test("change no other kind of policy, and never fail a transaction", { timeout: limit(300) }, () => {
      const told = inPrivate(`
echo SELINUXTYPE=mls > /etc/selinux/config; scriptlet POSTIN 1; module
echo SELINUXTYPE=targeted > /etc/selinux/config; echo '(nonsense' > /usr/share/selinux/packages/eic_agent.cil
scriptlet POSTIN 1; module
rm /etc/selinux/config; scriptlet POSTIN 1; scriptlet POSTUN 0`);
      expect(told).toEqual([
        "POSTIN 1: 0 failures, status 0",
        "no module",
        "POSTIN 1: 1 failures, status 0",
        "no module",
        "POSTIN 1: 0 failures, status 0",
        "POSTUN 0: 0 failures, status 0",
      ]);
    });
  });
});
