/** The packages' scripts print a hint if SELinux is on and eic-agent's module is not loaded. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withParts } from "../../packaging/build/scripts.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "eic-hint-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the hint's part as the scripts do, under `set -e`, with another folder in place of the kernel's. @returns stderr */
function hint() {
  const parts = ["packaging/scripts/say.sh", "packaging/scripts/selinux.sh"].map((path) => readFileSync(path, "utf8"));
  const script = `set -e\n${parts.join("\n")}\nSELINUXFS=$1\nselinux_hint 'do this'\necho went on`;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script, "sh", folder], { encoding: "utf8" });
  expect([status, stdout]).toEqual([0, "went on\n"]);
  return stderr;
}

// A kernel file that takes a number rejects the label with EINVAL, as SELinux rejects a label that it does not know.
const unknown = () => symlinkSync("/proc/self/oom_score_adj", join(folder, "context"));

test.each([
  { mode: "1", message: /^eic-agent: SELinux enforces without eic-agent's policy, .*; do this\n$/ },
  { mode: "0", message: /^eic-agent: SELinux is permissive and has no policy for eic-agent: .*; do this\n$/ },
])("mode $mode, and no module: one line", ({ mode, message }) => {
  writeFileSync(join(folder, "enforce"), mode);
  unknown();
  expect(hint()).toMatch(message);
});

test("the module is loaded: nothing", () => {
  writeFileSync(join(folder, "enforce"), "1");
  writeFileSync(join(folder, "context"), "");
  expect(hint()).toBe("");
  expect(readFileSync(join(folder, "context"), "utf8")).toBe("system_u:object_r:eic_agent_exec_t:s0");
});

test("no SELinux: nothing", () => {
  unknown();
  expect(hint()).toBe("");
});

test("the kernel cannot be queried: nothing", () => {
  writeFileSync(join(folder, "enforce"), "1");
  expect(symlinkSync("/no/such/folder/context", join(folder, "context"))).toBe(undefined);
  expect(hint()).toBe("");
});

test.each([
  { of: "packaging/deb/postinst", names: "semodule -X 200 -i /usr/share/selinux/packages/eic_agent.cil" },
  { of: "packaging/rpm/eic-agent.spec", names: "eic-agent-selinux" },
])("$of is the advice for that system", ({ of, names }) => {
  const called = withParts(of)
    .split("\n")
    .filter((line) => /^\s*selinux_hint "/.test(line));
  expect(called).toHaveLength(1);
  expect(called[0]).toContain(names);
});
