/** Transitions into eic-agent's domains: from which domains, by which program, and what must survive them. */
import { describe, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { type PolicyName, policyOf } from "./policies.ts";

const SSHDS = { plain: ["sshd_t"], "with-sshd-session": ["sshd_session_t", "sshd_t"] } as const;
const OURS = ["eic_agent_relay_t", "eic_agent_t", "eic_agent_service_t", "eic_agent_command_t"] as const;
const PROGRAMS = ["eic_agent_relay_exec_t", "eic_agent_exec_t"] as const;

describeWith("selinux", "domains", () => {
  describe.each(Object.entries(SSHDS) as [keyof typeof SSHDS & PolicyName, readonly string[]][])(
    "%s",
    (name, sshds) => {
      const policy = () => policyOf(name);

      test("sshd-session's domain exists in the expected policies", () => {
        expect(policy().has("sshd_session_t")).toBe(sshds.includes("sshd_session_t"));
      });

      test("are entered from sshd, the relay and systemd only", () => {
        const ways = policy().transitions.filter((way) => /eic_agent/.test(way));
        expect(ways.sort()).toEqual(
          [
            ...sshds.flatMap((sshd) => [
              `${sshd} eic_agent_relay_exec_t eic_agent_relay_t`,
              `${sshd} eic_agent_exec_t eic_agent_t`,
            ]),
            "eic_agent_relay_t eic_agent_exec_t eic_agent_t",
            "init_t eic_agent_exec_t eic_agent_service_t",
            "eic_agent_t bin_t eic_agent_command_t",
            "eic_agent_t shell_exec_t eic_agent_command_t",
          ].sort(),
        );
      });

      test("no other domain may enter them, even on request", () => {
        // sshd's domains have one attribute of the module.
        expect(policy().who("eic_agent_relay_t", "process", "transition")).toEqual(["eic_agent_sshd"]);
        expect(policy().who("eic_agent_t", "process", "transition")).toEqual(["eic_agent_relay_t", "eic_agent_sshd"]);
        expect(policy().who("eic_agent_service_t", "process", "transition")).toEqual(["init_t"]);
        expect(policy().who("eic_agent_command_t", "process", "transition")).toEqual(["eic_agent_t"]);
        for (const domain of OURS) expect(policy().who(domain, "process", "dyntransition")).toEqual([]);
      });

      test("are entered by their own programs only", () => {
        expect(policy().toWhom("eic_agent_relay_t", "file", "entrypoint")).toEqual(["eic_agent_relay_exec_t"]);
        expect(policy().toWhom("eic_agent_t", "file", "entrypoint")).toEqual(["eic_agent_exec_t"]);
        expect(policy().toWhom("eic_agent_service_t", "file", "entrypoint")).toEqual(["eic_agent_exec_t"]);
        expect(policy().toWhom("eic_agent_command_t", "file", "entrypoint")).toEqual(["bin_t", "shell_exec_t"]);
      });

      test("do not lead back to sshd's, nor to any other domain", () => {
        const goals = OURS.flatMap((domain) => [
          ...policy().toWhom(domain, "process", "transition"),
          ...policy().toWhom(domain, "process", "dyntransition"),
        ]);
        expect(goals.sort()).toEqual(["eic_agent_command_t", "eic_agent_t"]);
      });

      test.each(sshds)("%s may start the programs and read their answer", (sshd) => {
        const execute = ["getattr", "open", "read", "map", "execute"];
        for (const program of PROGRAMS) expect(policy().may(sshd, program, "file", execute)).toBe(true);
        for (const domain of ["eic_agent_relay_t", "eic_agent_t"]) {
          expect(policy().may(sshd, domain, "process", ["transition", "signal"])).toBe(true);
          expect(policy().may(domain, sshd, "process", ["sigchld"])).toBe(true);
          expect(policy().may(domain, sshd, "fifo_file", ["getattr", "write"])).toBe(true);
          expect(policy().may(domain, sshd, "fd", ["use"])).toBe(true);
        }
      });

      test("an administrator runs the programs like any other, without a change of domain", () => {
        const all = ["unconfined_t", "initrc_t", "dpkg_script_t", "staff_t", "rpm_script_t", "unconfined_service_t"];
        const administrators = all.filter((domain) => policy().has(domain));
        expect(administrators).toHaveLength(name === "plain" ? 4 : 6);
        for (const domain of administrators) {
          for (const program of PROGRAMS) {
            const execute = ["getattr", "open", "read", "execute", "execute_no_trans"];
            expect(policy().may(domain, program, "file", execute), domain).toBe(true);
          }
        }
        expect(policy().may("unconfined_t", "eic_agent_service_t", "unix_stream_socket", ["connectto"])).toBe(true);
      });

      test("the alarm and the slot are inherited from the relay by the one-shot program", () => {
        expect(policy().may("eic_agent_relay_t", "eic_agent_t", "process", ["siginh"])).toBe(true);
        expect(policy().may("eic_agent_t", "eic_agent_relay_t", "fd", ["use"])).toBe(true);
        expect(policy().may("eic_agent_t", "eic_agent_slot_t", "file", ["read"])).toBe(true);
      });

      test("the service gets into its domain although its unit forbids new privileges", () => {
        const both = ["nnp_transition", "nosuid_transition"];
        expect(policy().may("init_t", "eic_agent_service_t", "process2", both)).toBe(true);
        // With its resource limits: without rlimitinh, LimitNOFILE= would be systemd's own again.
        expect(policy().may("init_t", "eic_agent_service_t", "process", ["transition", "rlimitinh"])).toBe(true);
      });

      test("none is permissive", () => {
        expect(policy().permissive.filter((type) => /eic_agent/.test(type))).toEqual([]);
      });
    },
  );
});
