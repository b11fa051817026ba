/** Facts besides sshd: mandatory access control and the log. Log lines are in the form that kernels write. */
import { describe, expect, test } from "vitest";
import { aboutUs, judgeConfinement } from "../../src/doctor/check/confinement.ts";
import { judgeLog, type LogFacts } from "../../src/doctor/check/log.ts";

const AVC =
  'type=AVC msg=audit(1795309000.123:456): avc:  denied  { name_connect } for  pid=812 comm="eic-agent" dest=80 scontext=system_u:system_r:sshd_t:s0-s0:c0.c1023 tcontext=system_u:object_r:http_port_t:s0 tclass=tcp_socket permissive=0';
const APPARMOR =
  '[12.3] audit: type=1400 audit(1795309000.1:5): apparmor="DENIED" operation="exec" profile="/usr/sbin/sshd" name="/usr/libexec/eic-agent/authorized-keys" pid=7 comm="sshd" requested_mask="x"';
const FOREIGN = AVC.replace('comm="eic-agent"', 'comm="httpd"').replace("sshd_t", "httpd_t");

describe("mandatory access control", () => {
  test.each([
    { title: "none", selinux: undefined, apparmor: undefined, denials: [], is: ["not-applicable", "not-applicable"] },
    {
      title: "SELinux, nothing denied",
      selinux: "enforcing",
      module: "loaded",
      apparmor: undefined,
      denials: [],
      is: ["ok", "not-applicable"],
    },
    {
      title: "SELinux, whose kernel could not be asked for our policy",
      selinux: "enforcing",
      apparmor: undefined,
      denials: [],
      is: ["not-applicable", "not-applicable"],
    },
    {
      title: "SELinux, denied",
      selinux: "enforcing",
      apparmor: undefined,
      denials: [AVC],
      is: ["warning", "not-applicable"],
    },
    {
      title: "SELinux, closed log",
      selinux: "enforcing",
      apparmor: undefined,
      denials: undefined,
      is: ["not-applicable", "not-applicable"],
    },
    {
      title: "SELinux, permissive",
      selinux: "permissive",
      module: "loaded",
      apparmor: undefined,
      denials: undefined,
      is: ["ok", "not-applicable"],
    },
    {
      title: "AppArmor without a profile",
      selinux: undefined,
      apparmor: { profiles: [] },
      denials: [],
      is: ["not-applicable", "ok"],
    },
    {
      title: "AppArmor with a profile, and a log that was read",
      selinux: undefined,
      apparmor: { profiles: ["/usr/sbin/sshd (enforce)"] },
      denials: [],
      is: ["not-applicable", "ok"],
    },
    {
      title: "AppArmor with a profile, and no log that could be read",
      selinux: undefined,
      apparmor: { profiles: ["/usr/sbin/sshd (enforce)"] },
      denials: undefined,
      is: ["not-applicable", "not-applicable"],
    },
    {
      title: "AppArmor, denied",
      selinux: undefined,
      apparmor: { profiles: undefined },
      denials: [APPARMOR],
      is: ["not-applicable", "warning"],
    },
    {
      title: "AppArmor, closed",
      selinux: undefined,
      apparmor: { profiles: undefined },
      denials: undefined,
      is: ["not-applicable", "not-applicable"],
    },
  ] as const)("$title", ({ is, ...facts }) => {
    expect(judgeConfinement(facts).map(({ status }) => status)).toEqual(is);
  });

  test("reports denials of eic-agent's programs only", () => {
    expect(aboutUs([FOREIGN, AVC, "nothing", APPARMOR])).toEqual([AVC, APPARMOR]);
    const [selinux] = judgeConfinement({ selinux: "enforcing", apparmor: undefined, denials: [AVC] });
    expect(selinux?.message).toContain("name_connect");
  });
});

describe("the log", () => {
  const RIGHT: LogFacts = {
    audit: { target: "syslog", format: "text", required: false },
    warm: false,
    logger: true,
    sockets: { "/dev/log": "open", "/run/systemd/journal/stdout": "open" },
  };
  const journal = { target: "journal", format: "json", required: false } as const;
  const without = (state: LogFacts["sockets"]["/dev/log"]) => ({ ...RIGHT.sockets, "/dev/log": state });
  test.each([
    { title: "everything exists", facts: {}, status: "ok" },
    { title: "settings cannot be read", facts: { audit: undefined }, status: "not-applicable" },
    { title: "no records are wanted", facts: { audit: { ...journal, target: "none" } }, status: "ok" },
    { title: "/dev/log is missing", facts: { sockets: without("missing") }, status: "warning" },
    { title: "/dev/log is a file", facts: { sockets: without("no-socket") }, status: "warning" },
    { title: "/dev/log is closed", facts: { sockets: without("closed") }, status: "warning" },
    { title: "logger is missing", facts: { logger: false }, status: "warning" },
    {
      title: "the journal needs neither",
      facts: { audit: journal, logger: false, sockets: without("missing") },
      status: "ok",
    },
    {
      title: "records are required, and cannot be written",
      facts: { audit: { target: "syslog", format: "text", required: true }, logger: false },
      status: "failed",
    },
    {
      title: "records are required, and the warm service can write them",
      facts: { audit: { target: "syslog", format: "text", required: true }, logger: false, warm: true },
      status: "warning",
    },
  ] as const)("if $title: $status", ({ facts, status }) => {
    expect(judgeLog({ ...RIGHT, ...facts }).status).toBe(status);
  });
});
