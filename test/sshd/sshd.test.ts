/**
 * Our results about sshd, compared with the real sshd: which value is in force, and which command it runs. It is this
 * system's sshd, in a private namespace with a separate /etc.
 */
import { chmodSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { effectiveCommand } from "../../src/sshd/inspect/effective.ts";
import type { Exec } from "../../src/sshd/inspect/exec.ts";
import { type Namespace, openNamespace } from "../support/namespace.ts";
import { describeWith } from "../support/needs.ts";
import { type Sshd, sshdIn } from "../support/sshd.ts";
import { COMMAND_USER, makeAccounts, PEOPLE } from "../support/sshd-accounts.ts";
import { newKey } from "../support/sshd-keys.ts";
import { CONFIGURATIONS } from "./configurations.ts";

/** Runs programs inside the namespace. */
const inside = (namespace: Namespace): Exec => ({
  root: true,
  find: (name) => (["sshd"].includes(name) ? `/usr/sbin/${name}` : `/usr/bin/${name}`),
  run: (program, words) =>
    namespace.run([program, ...words]).then((ran) => ({ ...ran, status: ran.status ?? undefined })),
});

describeWith("sshd", "the value in force", () => {
  let namespace: Namespace;
  beforeAll(async () => {
    namespace = await openNamespace();
    makeAccounts(namespace);
    namespace.write("/etc/ssh/sshd_config", "");
    await namespace.mustRun(["ssh-keygen", "-A"]);
  });
  afterAll(() => namespace.close());

  test.each(CONFIGURATIONS)("is that of sshd with $title", async ({ main, others = {}, words = [], user, command }) => {
    for (const place of ["sshd_config.d", "more"])
      rmSync(namespace.outside(`/etc/ssh/${place}`), { recursive: true, force: true });
    namespace.write("/etc/ssh/sshd_config", main);
    for (const [path, text] of Object.entries(others)) namespace.write(`/etc/ssh/${path}`, text);

    const asked = { words, ...(user !== undefined && { connection: { user } }) };
    expect(await effectiveCommand(asked, inside(namespace))).toMatchObject({ kind: "known", command });
  });

  test("can be read without /run/sshd, which is not left behind", async () => {
    namespace.write("/etc/ssh/sshd_config", "");
    await namespace.mustRun(["rmdir", "/run/sshd"]);
    expect(await effectiveCommand({}, inside(namespace))).toMatchObject({ kind: "known" });
    expect((await namespace.run(["ls", "/run/sshd"])).status).not.toBe(0);
  });
});

/** A command for each of PEOPLE, and whether sshd runs it and the doctor's rule accepts it. */
const COMMANDS: readonly { title: string; make: (namespace: Namespace, path: string) => unknown; runs: boolean }[] = [
  { title: "root's alone", make: () => undefined, runs: true },
  {
    title: "writable by its group",
    make: async (namespace, path) => {
      await namespace.mustRun(["chgrp", "nobody", path]);
      await namespace.mustRun(["chmod", "775", path]);
    },
    runs: false,
  },
  { title: "another user's", make: (namespace, path) => namespace.mustRun(["chown", "nobody", path]), runs: false },
  {
    title: "in a folder that is writable by all, and sticky",
    make: ({ outside }, path) => chmodSync(outside(path.replace(/\/[^/]*$/, "")), 0o1777),
    runs: false,
  },
  {
    title: "a link in such a folder, to a good file",
    make: async (namespace, path) => {
      await namespace.mustRun(["mv", path, "/usr/libexec/eic-agent/good"]);
      await namespace.mustRun(["ln", "-s", "/usr/libexec/eic-agent/good", path]);
      chmodSync(namespace.outside(path.replace(/\/[^/]*$/, "")), 0o1777);
    },
    runs: true,
  },
  { title: "closed to its user", make: (namespace, path) => namespace.mustRun(["chmod", "700", path]), runs: false },
];

describeWith("sshd", "a command's file", () => {
  let namespace: Namespace;
  let sshd: Sshd;
  const pathOf = (index: number) => `/opt/${index}/authorized-keys`;
  beforeAll(async () => {
    namespace = await openNamespace();
    makeAccounts(namespace);
    const key = await newKey(namespace);
    for (const [index, { make }] of COMMANDS.entries()) {
      namespace.write(pathOf(index), `#!/bin/sh\necho '${key.line}'\n`, 0o755);
      await make(namespace, pathOf(index));
    }
    const settings = COMMANDS.flatMap((_, index) => [
      `Match User ${PEOPLE[index]}`,
      `  AuthorizedKeysCommand ${pathOf(index)} %u %f`,
      `  AuthorizedKeysCommandUser ${COMMAND_USER}`,
    ]);
    sshd = await sshdIn(namespace, { settings });
    namespace.write("/etc/ssh/sshd_config", settings.join("\n"));
    await namespace.mustRun(["cp", key.path, "/root/the-key"]);
  });
  afterAll(() => namespace.close());

  test.each(COMMANDS.map(({ title, runs }, index) => ({ title, runs, index })))(
    "$title: sshd and the doctor agree",
    async ({ runs, index }) => {
      const user = PEOPLE[index] ?? "";
      const key = { path: "/root/the-key", line: "", fingerprint: "" };
      const { status, stdout } = await sshd.login(user, [key]);
      expect({ status, stdout }).toEqual(runs ? { status: 0, stdout: `${user}\n` } : { status: 255, stdout: "" });

      const { stdout: told } = await namespace.run([
        "/usr/libexec/eic-agent/eic-agent.cjs",
        "doctor",
        "--json",
        "--user",
        user,
      ]);
      const { checks } = JSON.parse(told) as { checks: { check: string; status: string }[] };
      expect(checks.find(({ check }) => check === "command-path")?.status).toBe(runs ? "ok" : "failed");
    },
  );
});
