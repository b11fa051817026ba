/**
 * Every permission that logins were measured to use (packaging/selinux/needs.tsv) is in the module itself: a policy may lack
 * what Debian's allows to every domain. The module is linked with the names that all policies have, and with the names of its
 * optional blocks.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { FORMATS, link, MODULE, search } from "./policies.ts";
import { Policy } from "./policy.ts";

const LEAST = resolve("test/selinux/least.cil");

/** Names in the policy on which was measured, by the names of older policies and of EL's, which are aliases there. */
const ALIASES: Readonly<Record<string, string>> = {
  init_runtime_t: "init_var_run_t",
  syslogd_runtime_t: "syslogd_var_run_t",
};

/**
 * Granted by that policy, and not needed: without the first, the loader ignores LD_* variables in the service, without the
 * second it inherits no timers.
 */
const UNNEEDED = ["init_t eic_agent_service_t:process noatsecure", "init_t eic_agent_service_t:process siginh"];

interface Need {
  readonly domain: string;
  readonly type: string;
  readonly object: string;
  readonly permission: string;
}

const textOf = ({ domain, type, object, permission }: Need) => `${domain} ${type}:${object} ${permission}`;

const NEEDS: readonly Need[] = readFileSync("packaging/selinux/needs.tsv", "utf8")
  .split("\n")
  .filter((line) => line.startsWith("granted\t"))
  .map((line) => {
    const [, domain = "", type = "", object = "", permission = ""] = line.split("\t");
    return { domain, type: type === "self" ? domain : (ALIASES[type] ?? type), object, permission };
  })
  .filter((need) => !UNNEEDED.includes(textOf(need)));

const typesOf = (text: string) => new Set([...text.matchAll(/^\(type (\w+)\)$/gm)].map(([, name = ""]) => name));

/** Names of the policy on which was measured that the least policy has not: types of optional blocks. */
const optionalTypes = (): string[] => {
  const had = new Set([...typesOf(readFileSync(LEAST, "utf8")), ...typesOf(readFileSync(MODULE, "utf8"))]);
  return [...new Set(NEEDS.flatMap(({ domain, type }) => [domain, type]))].filter((name) => !had.has(name));
};

describeWith("selinux", "measured needs", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "eic-needs-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function linked(name: string, more: readonly string[]): Policy {
    const policy = join(folder, name);
    expect(link([LEAST, ...more, MODULE], FORMATS.el9, policy, `${policy}.contexts`)).toBe("");
    return new Policy(search("sesearch", "-A", policy), search("seinfo", "-t", "-x", policy), "", 100);
  }

  const lacks = (policy: Policy) =>
    NEEDS.filter(({ domain, type }) => policy.has(domain) && policy.has(type))
      .filter(({ domain, type, object, permission }) => !policy.may(domain, type, object, [permission]))
      .map(textOf);

  test("are in the module, with the names that every policy has", () => {
    expect(NEEDS.length).toBeGreaterThan(100);
    expect(lacks(linked("least", []))).toEqual([]);
  });

  test("are in the module, with the optional names", () => {
    const more = join(folder, "optional.cil");
    writeFileSync(
      more,
      optionalTypes()
        .map((name) => `(type ${name})\n(roletype object_r ${name})`)
        .join("\n"),
    );
    const policy = linked("optional", [more]);
    expect(NEEDS.filter(({ domain, type }) => !policy.has(domain) || !policy.has(type))).toEqual([]);
    expect(lacks(policy)).toEqual([]);
  });
});
