/** The user data for cloud-init: judged by its own schema, and run by it at the first boot of a Debian 12. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limit } from "../../../tools/slowness.ts";
import { type Machine, openMachine } from "../../install/machine.ts";
import { describeWith } from "../../support/needs.ts";
import { makeAptRepository } from "../apt-repository.ts";
import { FLEET_12 } from "../releases.ts";

const EXAMPLES = "packaging/examples/cloud-init";
const REPOSITORY = "https://packages.example.com/apt";
const KEY = /( +)-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----\n/;

describeWith("fleet", "the user data for cloud-init", () => {
  let machine: Machine;

  beforeAll(async () => {
    machine = await openMachine({ release: FLEET_12, mode: "service" }, { down: true });
  }, limit(60));
  afterAll(() => machine?.close());

  test.each(["apt.yaml", "dnf.yaml"])("is valid by cloud-init's schema: %s", async (name) => {
    const text = readFileSync(`${EXAMPLES}/${name}`, "utf8");
    machine.tree.write(`/srv/${name}`, text);
    const { status, stdout, stderr } = await machine.trySh(`cloud-init schema --config-file /srv/${name}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("Valid cloud-config");
    // The same check finds an error.
    machine.tree.write(`/srv/${name}`, text.replace("packages:\n  - eic-agent", "packages: 12"));
    expect((await machine.trySh(`cloud-init schema --config-file /srv/${name}`)).status).toBe(1);
  });

  test("installs at the first boot, with the settings in place before it", async () => {
    const { tree, sh } = machine;
    const armored = makeAptRepository(tree.outside("/srv/apt"));
    const example = readFileSync(`${EXAMPLES}/apt.yaml`, "utf8");
    const given = example
      .replace(REPOSITORY, "file:/srv/apt")
      .replace(KEY, (_, indent: string) => armored.replace(/^(?=.)/gm, indent));
    expect(given).not.toContain("(repository-key.asc)");
    tree.write("/var/lib/cloud/seed/nocloud/user-data", given);
    tree.write("/var/lib/cloud/seed/nocloud/meta-data", "instance-id: first-boot\n");
    // As in an image for hosts without a way to the archive of Debian, and without the package locales.
    tree.write(
      "/etc/cloud/cloud.cfg.d/90-test.cfg",
      "apt_preserve_sources_list: true\nlocale: false\ndatasource_list: [NoCloud]\n",
    );
    await sh("rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*");
    await tree.boot();

    const waited = await machine.trySh("cloud-init status --wait --long; tail -n 40 /var/log/cloud-init-output.log");
    expect(waited.stdout).toMatch(/^status: done$/m);
    await sh("eic-agent sshd status");
    const [, text = ""] = /content: \|\n([\s\S]*?)\napt:/.exec(example) ?? [];
    expect(await sh("cat /etc/eic-agent/config.toml; stat --format=%U:%a /etc/eic-agent/config.toml")).toBe(
      `${text.replace(/^ {6}/gm, "")}\nroot:644`,
    );
    // By the times of the files: the settings are older than the installed program.
    await sh("test /etc/eic-agent/config.toml -ot /var/lib/dpkg/info/eic-agent.list");
  });

  test("lets cloud-init report an error if the program is not in force at the end", async () => {
    const { sh } = machine;
    await sh(`echo 'AuthorizedKeysCommand none' >/etc/ssh/sshd_config.d/10-none.conf
      rm -r /var/lib/cloud/instance/sem /var/lib/cloud/sem`);
    await machine.trySh("cloud-init modules --mode=config; cloud-init modules --mode=final");
    expect((await machine.trySh("cloud-init status --long")).stdout).toMatch(/^status: error$[\s\S]*scripts.user/m);
  });
});
