/** Every file, folder and link in the packages, with its mode and owner: as listed here, and nothing else. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { ask, DEBS, PACKAGES, query, RPMS, sha256Below, sha256In } from "./built.ts";

/** The files that systemd reads, and their sources. */
const UNITS = [
  { installed: "/usr/lib/systemd/system/eic-agent.socket", source: "systemd/eic-agent.socket" },
  { installed: "/usr/lib/systemd/system/eic-agent.service", source: "systemd/eic-agent.service" },
  ...["metrics.service", "metrics.timer", "metrics-host.service", "metrics-host.timer"].map((unit) => ({
    installed: `/usr/lib/systemd/system/eic-agent-${unit}`,
    source: `systemd/eic-agent-${unit}`,
  })),
  { installed: "/usr/lib/sysusers.d/eic-agent.conf", source: "systemd/sysusers.d/eic-agent.conf" },
  { installed: "/usr/lib/tmpfiles.d/eic-agent.conf", source: "systemd/tmpfiles.d/eic-agent.conf" },
];

/** In the deb only. For the rpm it is in a separate package: test/selinux/package.test.ts. */
const MODULE = {
  installed: "/usr/share/selinux/packages/eic_agent.cil",
  source: "packaging/selinux/eic_agent.cil",
};

const PRESET = {
  installed: "/usr/lib/systemd/system-preset/80-eic-agent.preset",
  source: "packaging/rpm/eic-agent.preset",
};

const PAGES = readdirSync("docs").filter((name) => name.endsWith(".md"));

/** Each file and folder of packaging/examples. Only a script, which names its interpreter first, is executable. */
const EXAMPLES = readdirSync("packaging/examples", { recursive: true, encoding: "utf8" }).map((name) => {
  const source = join("packaging/examples", name);
  const folder = statSync(source).isDirectory();
  const script = !folder && readFileSync(source, "utf8").startsWith("#!");
  const mode = folder ? "drwxr-xr-x" : script ? "-rwxr-xr-x" : "-rw-r--r--";
  return { source, installed: `/usr/share/doc/eic-agent/examples/${name}`, folder, mode };
});

/** In both formats. */
const COMMON = [
  "drwxr-xr-x /etc/eic-agent",
  "-rwxr-xr-x /usr/bin/eic-agent",
  "lrwxrwxrwx /usr/bin/eic-simulator -> eic-agent",
  "-rw-r--r-- /usr/lib/systemd/system/eic-agent-metrics-host.service",
  "-rw-r--r-- /usr/lib/systemd/system/eic-agent-metrics-host.timer",
  "-rw-r--r-- /usr/lib/systemd/system/eic-agent-metrics.service",
  "-rw-r--r-- /usr/lib/systemd/system/eic-agent-metrics.timer",
  "-rw-r--r-- /usr/lib/systemd/system/eic-agent.service",
  "-rw-r--r-- /usr/lib/systemd/system/eic-agent.socket",
  "-rw-r--r-- /usr/lib/sysusers.d/eic-agent.conf",
  "-rw-r--r-- /usr/lib/tmpfiles.d/eic-agent.conf",
  "drwxr-xr-x /usr/libexec/eic-agent",
  "-rwxr-xr-x /usr/libexec/eic-agent/authorized-keys",
  "-rwxr-xr-x /usr/libexec/eic-agent/trial",
  "-rw-r--r-- /usr/share/bash-completion/completions/eic-agent",
  "-rw-r--r-- /usr/share/bash-completion/completions/eic-simulator",
  "drwxr-xr-x /usr/share/doc/eic-agent",
  "-rw-r--r-- /usr/share/doc/eic-agent/README.md",
  "-rw-r--r-- /usr/share/doc/eic-agent/SECURITY.md",
  "-rw-r--r-- /usr/share/doc/eic-agent/config.toml",
  "drwxr-xr-x /usr/share/doc/eic-agent/docs",
  ...PAGES.map((page) => `-rw-r--r-- /usr/share/doc/eic-agent/docs/${page}`),
  "drwxr-xr-x /usr/share/doc/eic-agent/examples",
  ...EXAMPLES.map(({ mode, installed }) => `${mode} ${installed}`),
  "-rw-r--r-- /usr/share/fish/vendor_completions.d/eic-agent.fish",
  "-rw-r--r-- /usr/share/fish/vendor_completions.d/eic-simulator.fish",
  "-rw-r--r-- /usr/share/man/man1/eic-agent.1.gz",
  "-rw-r--r-- /usr/share/man/man1/eic-simulator.1.gz",
  "-rw-r--r-- /usr/share/man/man5/eic-agent.toml.5.gz",
];

const ONLY_DEB = [
  "-rw-r--r-- /usr/share/doc/eic-agent/changelog.gz",
  "-rw-r--r-- /usr/share/doc/eic-agent/copyright",
  "-rw-r--r-- /usr/share/lintian/overrides/eic-agent",
  "-rw-r--r-- /usr/share/selinux/packages/eic_agent.cil",
  "-rw-r--r-- /usr/share/zsh/vendor-completions/_eic-agent",
  "-rw-r--r-- /usr/share/zsh/vendor-completions/_eic-simulator",
];

/** Folders that other packages have, too. dpkg needs them in the archive; rpm uses the existing ones. */
const SHARED = [
  "",
  "/etc",
  ...["", "/bin", "/lib", "/libexec"].map((folder) => `/usr${folder}`),
  ...["/systemd", "/systemd/system", "/sysusers.d", "/tmpfiles.d"].map((folder) => `/usr/lib${folder}`),
  ...["", "/bash-completion", "/bash-completion/completions", "/doc", "/fish", "/fish/vendor_completions.d"].map(
    (folder) => `/usr/share${folder}`,
  ),
  ...["/lintian", "/lintian/overrides", "/man", "/man/man1", "/man/man5"].map((folder) => `/usr/share${folder}`),
  ...["/selinux", "/selinux/packages", "/zsh", "/zsh/vendor-completions"].map((folder) => `/usr/share${folder}`),
].map((folder) => `drwxr-xr-x ${folder}`);

const ONLY_RPM = [
  "-rw-r--r-- /usr/lib/systemd/system-preset/80-eic-agent.preset",
  "-rw-r--r-- /usr/share/doc/eic-agent/CHANGELOG.md",
  "drwxr-xr-x /usr/share/licenses/eic-agent",
  "-rw-r--r-- /usr/share/licenses/eic-agent/copyright",
  "-rw-r--r-- /usr/share/zsh/site-functions/_eic-agent",
  "-rw-r--r-- /usr/share/zsh/site-functions/_eic-simulator",
];

describeWith("package", "the files of the packages", () => {
  test.each(DEBS)("are root's and as listed in $path", async ({ path }) => {
    const lines = (await ask("dpkg-deb", "--contents", path)).split("\n").map((line) => {
      const [, mode, owner, name] = /^(\S{10}) (\S+) +\d+ \S+ \S+ \.(\/.*)$/.exec(line) ?? [];
      expect(owner, line).toBe("root/root");
      return `${mode} ${name?.replace(/\/$/, "")}`;
    });
    expect(lines.sort()).toEqual([...COMMON, ...ONLY_DEB, ...SHARED].sort());
  });

  test.each(RPMS)("are root's and as listed in $path", async ({ path }) => {
    const each = "%{FILEMODES:perms} %{FILEUSERNAME}/%{FILEGROUPNAME} %{FILENAMES} -> %{FILELINKTOS}\n";
    const lines = (await query(path, `[${each}]`)).split("\n").map((line) => {
      const [, mode, owner, name] = /^(\S{10}) (\S+) (.+?)(?: -> ?)?$/.exec(line) ?? [];
      expect(owner, line).toBe("root/root");
      return `${mode} ${name}`;
    });
    expect(lines.sort()).toEqual([...COMMON, ...ONLY_RPM].sort());
  });

  test.each(PACKAGES)("are for systemd and SELinux those that were tested, byte for byte: $path", async ({ path }) => {
    for (const { installed, source } of [...UNITS, path.endsWith(".rpm") ? PRESET : MODULE]) {
      const expected = createHash("sha256").update(readFileSync(source)).digest("hex");
      expect(await sha256In(path, installed), installed).toBe(expected);
    }
  });

  test.each(PACKAGES)("include the examples, byte for byte: $path", async ({ path }) => {
    const files = EXAMPLES.filter(({ folder }) => !folder);
    expect(files.length).toBeGreaterThan(10);
    const sums = files.map(({ installed, source }) => [
      installed,
      createHash("sha256").update(readFileSync(source)).digest("hex"),
    ]);
    expect(await sha256Below(path, "/usr/share/doc/eic-agent/examples")).toEqual(Object.fromEntries(sums));
  });

  test.each(DEBS)("include no conffile that dpkg asks about on an upgrade: $path", async ({ path }) => {
    const names = (await ask("sh", "-c", 'dpkg-deb --ctrl-tarfile "$1" | tar -t', "sh", path)).split("\n");
    expect(names.sort()).toEqual(
      ["./", "./control", "./md5sums", "./postinst", "./postrm", "./preinst", "./prerm"].sort(),
    );
  });

  test.each(RPMS)("include no rpm config file: $path", async ({ path }) => {
    expect(await ask("rpm", "-qp", "--configfiles", path)).toBe("");
  });
});
