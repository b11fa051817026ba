/** Runs docs/install.md on a release made here: its checks, and its repositories as apt and dnf's own tools read them. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signingKey } from "../../packaging/build/openpgp.ts";
import { limit } from "../../tools/slowness.ts";
import { builtRelease, VERSION } from "../support/built-release.ts";
import { documented } from "../support/documented.ts";
import { describeWith } from "../support/needs.ts";
import { ThrowAwayKeys } from "../support/temporary-key.ts";

const PAGE = "docs/install.md";

describeWith("release", "docs/install.md", () => {
  let keys: ThrowAwayKeys;
  let release: string;
  let work: string;
  let fleet: string;

  beforeAll(() => {
    keys = new ThrowAwayKeys();
    release = builtRelease(signingKey(keys.make("Somebody who releases")));
    fleet = keys.make("Somebody who runs a fleet");
    work = mkdtempSync(join(tmpdir(), "eic-repositories-"));
  }, limit(120));
  afterAll(() => {
    keys.remove();
    for (const folder of [release, work]) rmSync(folder, { recursive: true });
  });

  const shell = (commands: string, cwd: string): SpawnSyncReturns<string> =>
    spawnSync("sh", ["-euc", commands], {
      cwd,
      encoding: "utf8",
      env: { ...process.env, RELEASE: release, KEYID: fleet },
    });

  test("its checks accept the release, and reject a changed one", () => {
    const home = mkdtempSync(join(tmpdir(), "eic-reader-"));
    try {
      const checks = [`export GNUPGHOME=${home}`, ...documented(PAGE, "check"), "rm eic-agent.gpg*"].join("\n");
      const good = shell(checks, release);
      expect(good.stderr).toContain("Good signature");
      expect(good.stdout).toContain(`eic-agent_${VERSION}_amd64.deb: OK`);
      expect(good.status).toBe(0);

      const notes = join(release, "RELEASE.md");
      const before = readFileSync(notes);
      appendFileSync(notes, "more");
      expect(shell(checks, release).status).not.toBe(0);
      writeFileSync(notes, before);
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  test("its apt repository is trusted by apt with that key, and has the release's packages", () => {
    const made = shell(documented(PAGE, "apt-repository")[0], work);
    expect({ status: made.status, said: made.status === 0 ? "" : made.stderr }).toEqual({ status: 0, said: "" });

    const host = aptHost(join(work, "apt", "repository-key.asc"));
    for (const cpu of ["amd64", "arm64"]) {
      expect(host.run(cpu, "update")).toEqual({ status: 0, complaints: [] });
      expect(host.run(cpu, "download", "eic-agent")).toEqual({ status: 0, complaints: [] });
      const name = `eic-agent_${VERSION}_${cpu}.deb`;
      expect(readFileSync(join(host.root, name)).equals(readFileSync(join(release, name)))).toBe(true);
    }
  });

  test("apt does not trust it with another key, or if a list was changed", () => {
    const other = join(work, "other.asc");
    keys.gpg("--armor", "--output", other, "--export", keys.make("Somebody else"));
    const byOther = aptHost(other).run("amd64", "update");
    expect(byOther.complaints.join("\n")).toMatch(/NO_PUBKEY|not signed/);

    const list = join(work, "apt/dists/stable/main/binary-amd64/Packages");
    for (const name of [list, `${list}.gz`]) appendFileSync(name, "\n");
    const changed = aptHost(join(work, "apt", "repository-key.asc")).run("amd64", "update");
    expect(changed.complaints.join("\n")).toMatch(/unexpected size|Hash Sum mismatch/);
  });

  /** Makes a root folder for apt alone. Its only source is the one that the page names, as a local folder. */
  function aptHost(key: string) {
    const root = mkdtempSync(join(work, "host-"));
    const folders = ["etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "etc/apt/trusted.gpg.d"];
    for (const folder of [...folders, "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/lib/dpkg"]) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    writeFileSync(join(root, "var/lib/dpkg/status"), "");
    const source = `deb [signed-by=${key}] file://${work}/apt stable main\n`;
    writeFileSync(join(root, "etc/apt/sources.list.d/eic-agent.list"), source);
    const run = (cpu: string, ...words: string[]) => {
      const settings = { Dir: root, "APT::Architecture": cpu, "APT::Architectures": cpu, "APT::Sandbox::User": "root" };
      const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
      const env = { ...process.env, LC_ALL: "C" };
      const { status, stderr } = spawnSync("apt-get", [...options, ...words], { cwd: root, encoding: "utf8", env });
      return { status, complaints: stderr.split("\n").filter((line) => /^[EW]:/.test(line)) };
    };
    return { root, run };
  }

  test("its yum repository lists the signed packages, in a list that is signed", () => {
    const made = shell(documented(PAGE, "yum-repository")[0], work);
    expect({ status: made.status, said: made.status === 0 ? "" : made.stderr }).toEqual({ status: 0, said: "" });

    const data = join(work, "yum/repodata");
    const signature = keys.gpg("--status-fd", "1", "--verify", join(data, "repomd.xml.asc"), join(data, "repomd.xml"));
    expect(signature).toContain(`VALIDSIG ${fleet}`);
    const primary = readdirSync(data).find((name) => name.endsWith("-primary.xml.gz")) ?? "";
    const listed = gunzipSync(readFileSync(join(data, primary))).toString();
    const sums = readFileSync(join(release, "SHA256SUMS"), "utf8");
    const names = ["x86_64", "aarch64"].map((cpu) => `eic-agent-${VERSION}-1.${cpu}.rpm`);
    for (const name of [...names, `eic-agent-selinux-${VERSION}-1.noarch.rpm`]) {
      const [, sum = "nowhere"] =
        new RegExp(`^([0-9a-f]{64}) {2}${name.replaceAll(".", "\\.")}$`, "m").exec(sums) ?? [];
      expect(listed).toContain(`<checksum type="sha256" pkgid="YES">${sum}</checksum>`);
      expect(listed).toContain(`<location href="${name}"/>`);
    }
  });
});
