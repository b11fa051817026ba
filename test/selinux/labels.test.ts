/** Labels that restorecon and systemd give to eic-agent's files, found by libselinux in the linked policy's contexts. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { contextsOf, type PolicyName, policyOf } from "./policies.ts";

/** file_contexts.subs_dist: which name of /run is used for lookups. */
const SYSTEMS = {
  "EL 8, EL 9, Amazon Linux 2023": "/run /var/run\n/run/lock /var/lock\n",
  "EL 10, Fedora since 40, Debian": "/var/run /run\n/var/lock /run/lock\n",
} as const;

const LABELS = {
  "/usr/libexec/eic-agent/authorized-keys": "eic_agent_relay_exec_t",
  "/usr/bin/eic-agent": "eic_agent_exec_t",
  "/etc/eic-agent": "eic_agent_conf_t",
  "/etc/eic-agent/config.toml": "eic_agent_conf_t",
  "/run/eic-agent": "eic_agent_run_t",
  "/run/eic-agent/authorized-keys.sock": "eic_agent_run_t",
  "/run/eic-agent/slots": "eic_agent_slot_t",
  "/run/eic-agent/slots/0": "eic_agent_slot_t",
  "/var/run/eic-agent/slots/3": "eic_agent_slot_t",
  // A link to eic-agent: it has the label of any program, but the target's label decides.
  "/usr/bin/eic-simulator": "bin_t",
  "/usr/bin/eic-agent-other": "bin_t",
  "/etc/eic-agent.bak": "etc_t",
} as const;

/** Returns the type of a path in these file contexts. */
const typeIn = (contexts: string, path: string) =>
  /object_r:(\w+)/.exec(
    execFileSync("selabel_lookup", ["-b", "file", "-f", contexts, "-k", path], { encoding: "utf8" }),
  )?.[1];

describeWith("selinux", "the system's own files, whose labels differ", () => {
  const POLICIES = ["plain", "with-sshd-session"] as const;
  const may = (name: PolicyName, domain: string, path: string, object: string, ...permissions: string[]) =>
    policyOf(name).may(domain, typeIn(contextsOf(name), path) ?? "", object, permissions);

  test("have the labels of Debian and Fedora in these policies", () => {
    const of = (name: PolicyName, path: string) => typeIn(contextsOf(name), path);
    expect(of("plain", "/run/systemd/journal/stdout")).toBe("devlog_t");
    expect(of("plain", "/etc/passwd")).toBe("etc_t");
    expect(of("with-sshd-session", "/etc/passwd")).toBe("passwd_file_t");
  });

  test.each(POLICIES)("%s: the one-shot program reaches the journal's stream and the folders on its path", (name) => {
    for (const folder of ["/run", "/run/systemd", "/run/systemd/journal"])
      expect(may(name, "eic_agent_t", folder, "dir", "search"), folder).toBe(true);
    // Debian's label, and Fedora's (syslogd_var_run_t, which Debian knows by its newer name).
    for (const socket of [
      typeIn(contextsOf(name), "/run/systemd/journal/stdout") ?? "",
      "devlog_t",
      "syslogd_runtime_t",
    ])
      expect(policyOf(name).may("eic_agent_t", socket, "sock_file", ["write"]), socket).toBe(true);
    // The domains that listen on the socket.
    for (const listener of ["syslogd_t", "kernel_t"])
      expect(policyOf(name).may("eic_agent_t", listener, "unix_stream_socket", ["connectto"]), listener).toBe(true);
    expect(policyOf(name).may("eic_agent_t", "eic_agent_t", "unix_stream_socket", ["create", "connect", "write"])).toBe(
      true,
    );
  });

  test.each(POLICIES)("%s: a chained command reads /etc/passwd", (name) => {
    expect(may(name, "eic_agent_command_t", "/etc/passwd", "file", "getattr", "open", "read")).toBe(true);
  });

  test("the one-shot program has no right to it, and needs none", () => {
    for (const domain of ["eic_agent_t", "eic_agent_relay_t", "eic_agent_service_t"])
      expect(may("with-sshd-session", domain, "/etc/passwd", "file", "open"), domain).toBe(false);
  });
});

describeWith("selinux", "labels", () => {
  test.each(Object.entries(SYSTEMS))("%s", (_, substitutions) => {
    const folder = mkdtempSync(join(tmpdir(), "eic-labels-"));
    try {
      const contexts = join(folder, "file_contexts");
      copyFileSync(contextsOf("plain"), contexts);
      writeFileSync(`${contexts}.subs_dist`, substitutions);
      const found = Object.keys(LABELS).map((path) => [path, typeIn(contexts, path)]);
      expect(Object.fromEntries(found)).toEqual(LABELS);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
