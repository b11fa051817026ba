/** The rights of eic-agent's domains, and that no other domain has more rights than before. */
import { describe, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { type PolicyName, policyOf } from "./policies.ts";
import type { Rule } from "./policy.ts";

const OURS = ["eic_agent_relay_t", "eic_agent_t", "eic_agent_service_t", "eic_agent_command_t"] as const;
const NODE = ["eic_agent_t", "eic_agent_service_t"] as const;
const text = ({ source, target, class: object, permissions }: Rule) =>
  `${source} ${target}:${object} ${[...permissions].sort().join(" ")}`;

describeWith("selinux", "rights", () => {
  describe.each(["plain", "with-sshd-session"] satisfies PolicyName[])("%s", (name) => {
    const policy = () => policyOf(name);
    /** Returns the types that a domain may execute, without libraries, which any domain may load. */
    const programs = (domain: string) =>
      policy()
        .toWhom(domain, "file", "execute")
        .filter((type) => !["ld_so_t", "lib_t", "textrel_shlib_t"].includes(type));

    test.each(OURS)("%s makes no memory executable", (domain) => {
      expect(policy().grants(domain, ["execmem", "execheap", "execstack"])).toEqual([]);
      // Libraries with this label are the system's exception for every domain; eic-agent loads no such library.
      expect(policy().toWhom(domain, "file", "execmod")).toEqual(["textrel_shlib_t"]);
    });

    test.each(OURS)("%s has no capability", (domain) => {
      const classes = policy().grants(domain, [
        "setuid",
        "net_admin",
        "dac_override",
        "sys_admin",
        "net_raw",
        "sys_ptrace",
      ]);
      expect(classes.filter((rule) => /^cap/.test(rule.class))).toEqual([]);
    });

    test("the relay has no network and starts nothing but the one-shot program", () => {
      expect(policy().grants("eic_agent_relay_t", ["name_connect", "name_bind", "node_bind"])).toEqual([]);
      expect(policy().grants("eic_agent_relay_t", ["create"], "tcp_socket")).toEqual([]);
      expect(policy().grants("eic_agent_relay_t", ["execute_no_trans"])).toEqual([]);
      expect(programs("eic_agent_relay_t")).toEqual(["eic_agent_exec_t", "eic_agent_relay_exec_t"]);
    });

    test("the relay asks the service", () => {
      const may = (target: string, object: string, ...permissions: string[]) =>
        policy().may("eic_agent_relay_t", target, object, permissions);
      // The relay checks both before it connects.
      expect(may("eic_agent_run_t", "dir", "getattr", "search")).toBe(true);
      expect(may("eic_agent_run_t", "sock_file", "getattr", "write")).toBe(true);
      expect(may("eic_agent_service_t", "unix_stream_socket", "connectto")).toBe(true);
      expect(may("eic_agent_relay_t", "unix_stream_socket", "create", "connect", "getopt", "read", "write")).toBe(true);
      expect(may("eic_agent_slot_t", "dir", "search")).toBe(true);
      expect(may("eic_agent_slot_t", "file", "open", "read", "lock")).toBe(true);
    });

    test("normal operation leaves no denial: every request of Node and the relay is granted, or denied without a record", () => {
      // Node asks for its capabilities at each start, and libuv for io_uring.
      for (const domain of NODE) {
        expect(policy().may(domain, domain, "process", ["getcap", "getsched"])).toBe(true);
        expect(policy().isSilentOn(domain, domain, "anon_inode", "create")).toBe(true);
        expect(policy().grants(domain, ["setcap"])).toEqual([]);
      }
      // The relay checks whether the previous service still exists; its pid may have become another process's.
      expect(policy().may("eic_agent_relay_t", "eic_agent_service_t", "process", ["signull"])).toBe(true);
      for (const other of ["init_t", "sshd_t", "unconfined_t"]) {
        expect(policy().may("eic_agent_relay_t", other, "process", ["signull"]), other).toBe(false);
        expect(policy().isSilentOn("eic_agent_relay_t", other, "process", "signull"), other).toBe(true);
      }
    });

    test("the one-shot program can leave its note with the service", () => {
      const may = (target: string, object: string, ...permissions: string[]) =>
        policy().may("eic_agent_t", target, object, permissions);
      expect(may("eic_agent_run_t", "dir", "search")).toBe(true);
      expect(may("eic_agent_run_t", "sock_file", "write")).toBe(true);
      expect(may("eic_agent_service_t", "unix_stream_socket", "connectto")).toBe(true);
      expect(may("eic_agent_t", "unix_stream_socket", "create", "connect", "write", "shutdown")).toBe(true);
    });

    test("only the relay, the one-shot program and unconfined domains may query the service", () => {
      const confined = OURS.filter((domain) => !["eic_agent_relay_t", "eic_agent_t"].includes(domain));
      for (const domain of [...confined, "sshd_t"])
        expect(policy().may(domain, "eic_agent_service_t", "unix_stream_socket", ["connectto"])).toBe(false);
    });

    test.each(NODE)("%s connects to port 80 and does not listen", (domain) => {
      expect(policy().toWhom(domain, "tcp_socket", "name_connect")).toEqual(["http_port_t"]);
      expect(policy().grants(domain, ["name_bind", "node_bind"])).toEqual([]);
      expect(policy().grants(domain, ["create"], "udp_socket")).toEqual([]);
    });

    test("the service starts nothing; the one-shot program only leaves its domain by it", () => {
      for (const domain of NODE) expect(policy().grants(domain, ["execute_no_trans"])).toEqual([]);
      expect(programs("eic_agent_service_t")).toEqual(["eic_agent_exec_t"]);
    });

    test("the service cannot take the slots of the one-shot programs", () => {
      expect(policy().may("eic_agent_service_t", "eic_agent_slot_t", "file", ["open"])).toBe(false);
      expect(policy().may("eic_agent_command_t", "eic_agent_slot_t", "file", ["read"])).toBe(false);
    });

    test("the programs that the one-shot program starts cannot connect like itself", () => {
      expect(policy().toWhom("eic_agent_command_t", "tcp_socket", "name_connect")).not.toContain("http_port_t");
    });

    test.each(OURS)("%s changes no file", (domain) => {
      const change = [
        "write",
        "append",
        "create",
        "unlink",
        "setattr",
        "rename",
        "relabelto",
        "relabelfrom",
        "mounton",
      ];
      const files = policy()
        .grants(domain, change)
        .filter((rule) => ["file", "dir", "lnk_file"].includes(rule.class));
      // /proc/self belongs to the domain itself.
      expect(files.filter(({ target }) => target !== domain).map(text)).toEqual([]);
    });
  });

  test("sshd's domain can start our programs, and nothing more than before", () => {
    const before = new Set(policyOf("before").rules.map(text));
    const more = policyOf("plain").rules.filter((rule) => !before.has(text(rule)) && !/^eic_agent/.test(rule.source));
    const sshds = policyOf("plain").rules.filter(({ source }) => source === "eic_agent_sshd");
    expect(sshds.map(text).sort()).toEqual([
      "eic_agent_sshd eic_agent_asked:process sigkill signal",
      "eic_agent_sshd eic_agent_exec_t:file execute getattr map open read",
      "eic_agent_sshd eic_agent_relay_exec_t:file execute getattr map open read",
      "eic_agent_sshd eic_agent_relay_t:process transition",
      "eic_agent_sshd eic_agent_t:process transition",
    ]);
    // Of all other domains, only systemd and systemd-tmpfiles get rights, and only to eic-agent's types.
    expect([...new Set(more.map(({ source }) => source))].sort()).toEqual(["init_t", "systemd_tmpfiles_t"]);
    expect(more.filter(({ target }) => !/^eic_agent/.test(target)).map(text)).toEqual([]);
  });
});
