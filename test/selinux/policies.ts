/**
 * Links the module of packaging/selinux into real policies, as libsemanage does: Debian's policy without the module, with
 * it, and with it and the names that EL has and Debian lacks. Linking and searching takes seconds, so it is done once.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Policy } from "./policy.ts";

export const MODULE = resolve("packaging/selinux/eic_agent.cil");
const FOLDER = resolve("dist/selinux-test");
const DEBIAN = "/usr/share/selinux/default";
/** Converts an installed module to CIL; libsemanage runs the same program. */
const TO_CIL = "/usr/libexec/selinux/hll/pp";

/** The kernel's policy formats: EL 8 writes 31, EL 9 and 10 write 33. */
export const FORMATS = { el8: "31", el9: "33" } as const;

/** Every policy that the tests check. */
export const POLICIES = {
  before: { format: FORMATS.el9, more: [] },
  plain: { format: FORMATS.el8, more: [MODULE] },
  "with-sshd-session": { format: FORMATS.el9, more: [resolve("test/selinux/el.cil"), MODULE] },
} as const;

export type PolicyName = keyof typeof POLICIES;

const path = (name: PolicyName, what: "policy" | "contexts" | "rules" | "types" | "permissive") =>
  join(FOLDER, `${name}.${what}`);

/** Returns the path of the file contexts, as restorecon reads them. */
export const contextsOf = (name: PolicyName): string => path(name, "contexts");

const read = new Map<PolicyName, Policy>();

/** Returns the rules and types of a linked policy. They are read on first use: a skipped test has no linked policy. */
export function policyOf(name: PolicyName): Policy {
  const had = read.get(name);
  if (had !== undefined) return had;
  const text = (what: "rules" | "types" | "permissive") => readFileSync(path(name, what), "utf8");
  const policy = new Policy(text("rules"), text("types"), text("permissive"));
  read.set(name, policy);
  return policy;
}

/** Links all policies again. @throws Error with the linker's output, which must be empty */
export function linkAll(): void {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(join(FOLDER, "debian"), { recursive: true });
  const debian = readdirSync(DEBIAN).flatMap((file) => {
    if (!file.endsWith(".pp.bz2")) return [];
    const cil = join(FOLDER, "debian", file.replace(/\.pp\.bz2$/, ".cil"));
    writeFileSync(`${cil}.pp`, execFileSync("bunzip2", ["-c", join(DEBIAN, file)], { maxBuffer: 1 << 26 }));
    execFileSync(TO_CIL, [`${cil}.pp`, cil]);
    return cil;
  });
  for (const [name, { format, more }] of Object.entries(POLICIES) as [PolicyName, (typeof POLICIES)[PolicyName]][]) {
    const said = link([...debian, ...more], format, path(name, "policy"), contextsOf(name));
    if (said !== "") throw new Error(`${name}: ${said}`);
    writeFileSync(path(name, "rules"), search("sesearch", "-A", "-T", "--dontaudit", path(name, "policy")));
    writeFileSync(path(name, "types"), search("seinfo", "-t", "-x", path(name, "policy")));
    // Without -x, seinfo always counts 0 types.
    writeFileSync(path(name, "permissive"), search("seinfo", "--permissive", "-x", path(name, "policy")));
  }
}

/** Links modules to a policy. @returns the linker's output; empty on success */
export function link(modules: readonly string[], format: string, policy: string, contexts: string): string {
  const { status, stdout, stderr } = spawnSync("secilc", ["-c", format, "-o", policy, "-f", contexts, ...modules], {
    encoding: "utf8",
  });
  return status === 0 ? `${stdout}${stderr}` : `${stdout}${stderr}(status ${status})`;
}

export const search = (program: string, ...words: string[]): string =>
  execFileSync(program, words, { encoding: "utf8", maxBuffer: 1 << 28 });
