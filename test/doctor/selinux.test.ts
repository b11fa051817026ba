/** SELinux as the doctor sees it: the kernel's answers, the labels of the programs, and the conclusions. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConfinementFacts, judgeConfinement } from "../../src/doctor/check/confinement.ts";
import { lookAtSelinux } from "../../src/doctor/probe/selinux.ts";
import type { Exec } from "../../src/sshd/inspect/exec.ts";

const RELAY = "/usr/libexec/eic-agent/authorized-keys";
const AGENT = "/usr/bin/eic-agent";
const RIGHT = { [RELAY]: "eic_agent_relay_exec_t", [AGENT]: "eic_agent_exec_t" };

describe("SELinux", () => {
  const judge = (facts: Partial<ConfinementFacts>) =>
    judgeConfinement({ selinux: "enforcing", apparmor: undefined, denials: [], ...facts })[0];

  test.each([
    {
      title: "without the module it fails, and names the rpm with the module",
      facts: { module: "missing" },
      is: "failed",
      hint: /^install the package eic-agent-selinux, .*dnf install/,
    },
    {
      title: "without the module, which the deb installed, it says how to load it",
      facts: { module: "missing", policyFile: "/usr/share/selinux/packages/eic_agent.cil" },
      is: "failed",
      hint: /^semodule -X 200 -i \/usr\/share\/selinux\/packages\/eic_agent.cil && restorecon .* && systemctl try-restart/,
    },
    { title: "not yet enforced, it warns", facts: { selinux: "permissive", module: "missing" }, is: "warning" },
    { title: "everything is right", facts: { module: "loaded", labels: RIGHT }, is: "ok" },
    {
      title: "a relay that is a link to the agent is right",
      facts: { module: "loaded", labels: { [RELAY]: "eic_agent_exec_t", [AGENT]: "eic_agent_exec_t" } },
      is: "ok",
    },
    {
      title: "a program with another label fails",
      facts: { module: "loaded", labels: { ...RIGHT, [RELAY]: "bin_t" } },
      is: "failed",
      hint: /restorecon/,
    },
    {
      title: "not yet enforced, another label warns",
      facts: { selinux: "permissive", module: "loaded", labels: { [AGENT]: "bin_t" } },
      is: "warning",
    },
    { title: "an unknown policy is not a failure", facts: { module: undefined }, is: "not-applicable" },
    {
      title: "a label alone is not sufficient",
      facts: { module: undefined, labels: { [AGENT]: "bin_t" } },
      is: "not-applicable",
    },
    { title: "the module without labels is reported", facts: { module: "loaded", labels: {} }, is: "ok" },
    {
      title: "no log, as an ordinary user",
      facts: { module: "loaded", labels: RIGHT, denials: undefined },
      is: "not-applicable",
    },
    {
      title: "no log, and no module: that is known without root",
      facts: { module: "missing", denials: undefined },
      is: "failed",
    },
  ] as const)("$title", ({ facts, is, ...more }) => {
    const finding = judge(facts);
    expect(finding?.status).toBe(is);
    if ("hint" in more) expect(finding?.hint).toMatch(more.hint);
    if (is === "failed" || is === "warning") expect(finding?.hint).toBeDefined();
  });
});

describe("the probes", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "eic-selinux-"));
    writeFileSync(join(folder, "enforce"), "1");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Answers as coreutils' stat does. */
  const labelled = (answers: Readonly<Record<string, string>>): Exec => ({
    root: false,
    find: (name) => `/usr/bin/${name}`,
    run: async (program, words) => {
      const said = answers[words.at(-1) ?? ""];
      expect([program, ...words.slice(0, -1)]).toEqual(["/usr/bin/stat", "--dereference", "--format=%C"]);
      return said === undefined
        ? { status: 1, stdout: "?\n", stderr: "failed to get security context: No data available\n" }
        : { status: 0, stdout: `${said}\n`, stderr: "" };
    },
  });

  test("labels by type, of installed files that could be read", async () => {
    const paths = ["/", "/etc", "/no/such/program"];
    const facts = await lookAtSelinux(labelled({ "/": "system_u:object_r:root_t:s0" }), folder, paths);
    expect(facts).toMatchObject({ selinux: "enforcing", labels: { "/": "root_t" } });
  });

  test("a kernel that does not answer leaves the module unknown", async () => {
    expect(await lookAtSelinux(labelled({}), folder, [])).toEqual({
      selinux: "enforcing",
      module: undefined,
      labels: {},
    });
  });

  test("the kernel is asked for the label of our program", async () => {
    const file = join(folder, "context");
    writeFileSync(file, "");
    expect(await lookAtSelinux(labelled({}), folder, [])).toMatchObject({ module: "loaded" });
    expect(readFileSync(file, "utf8")).toBe("system_u:object_r:eic_agent_exec_t:s0\0");
  });

  // A kernel file that takes a number rejects our text, as the kernel rejects an unknown label.
  test("a kernel that refuses the label has no module", async () => {
    rmSync(join(folder, "context"), { force: true });
    symlinkSync("/proc/self/oom_score_adj", join(folder, "context"));
    expect(await lookAtSelinux(labelled({}), folder, [])).toMatchObject({ module: "missing" });
  });

  test("the module is named if a package has installed it", async () => {
    const brought = join(folder, "eic_agent.cil");
    expect((await lookAtSelinux(labelled({}), folder, [], brought)).policyFile).toBe(undefined);
    writeFileSync(brought, "");
    expect((await lookAtSelinux(labelled({}), folder, [], brought)).policyFile).toBe(brought);
  });

  test("without SELinux there is no finding", async () => {
    expect(await lookAtSelinux(labelled({}), "/no/such/folder")).toEqual({ selinux: undefined });
  });
});
