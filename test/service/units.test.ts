/** The unit files: systemd's own checks, and the settings that the service and the relay depend on. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SOCKET_PATH } from "../../src/host/installed-paths.ts";
import { MAX_SOCKETS, METADATA_CONNECTIONS } from "../../src/service/limits.ts";
import { describeWith } from "../support/needs.ts";

const SERVICE = "systemd/eic-agent.service";
const SOCKET = "systemd/eic-agent.socket";

/** Returns all assignments in order; a name may occur several times. */
const settings = (file: string): [string, string][] =>
  readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line): [string, string][] => {
      const [, name, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    });

/** The units that the packages leave off, and the highest exposure that each may have. */
const METRICS = [
  { unit: "systemd/eic-agent-metrics.service", most: 12 },
  { unit: "systemd/eic-agent-metrics-host.service", most: 45 },
];

describeWith("units", "systemd", () => {
  test.each(METRICS)("gives $unit an exposure of at most $most tenths", ({ unit, most }) => {
    const words = ["security", "--offline=yes", "--no-pager", `--threshold=${most}`, unit];
    const { status, stdout } = spawnSync("systemd-analyze", words, { encoding: "utf8" });
    expect(status, stdout.slice(-400)).toBe(0);
  });

  test("gives the service an exposure of at most 1.2", () => {
    const words = ["security", "--offline=yes", "--no-pager", "--threshold=12", SERVICE];
    const { status, stdout } = spawnSync("systemd-analyze", words, { encoding: "utf8" });
    expect(status, stdout).toBe(0);
    expect(stdout).toMatch(/Overall exposure level for eic-agent\.service: (0\.\d|1\.[0-2]) /);
  });

  test("finds no error in those of the metrics", () => {
    const folder = mkdtempSync("/tmp/eic-units-");
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const names = ["metrics.service", "metrics.timer", "metrics-host.service", "metrics-host.timer"];
    const units = names.map((name) => join(folder, `eic-agent-${name}`));
    for (const unit of units) copyFileSync(`systemd/${basename(unit)}`, unit);
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("finds no error in either", () => {
    const folder = mkdtempSync("/tmp/eic-units-");
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    // The program is not installed here.
    const text = readFileSync(SERVICE, "utf8").replace("/usr/bin/eic-agent serve", "/bin/true");
    writeFileSync(join(folder, "eic-agent.service"), text);
    writeFileSync(join(folder, "eic-agent.socket"), readFileSync(SOCKET, "utf8"));
    const units = ["eic-agent.socket", "eic-agent.service"].map((name) => join(folder, name));
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

test.each([
  ["Type", "simple"],
  ["ExecStart", "/usr/bin/eic-agent serve"],
  ["User", "eic-agent"],
  ["Restart", "on-failure"],
  ["StartLimitIntervalSec", "0"],
  ["CapabilityBoundingSet", ""],
  ["AmbientCapabilities", ""],
  ["IPAddressDeny", "any"],
  ["SyslogFacility", "authpriv"],
  ["ProtectSystem", "strict"],
  ["MemoryDenyWriteExecute", "yes"],
  ["LogRateLimitIntervalSec", "0"],
  ["Nice", "-10"],
  // Less than the 2.4 s for which the relay waits for a silent service.
  ["RestartSec", "500ms"],
])("the service has %s=%s", (name, value) => {
  expect(settings(SERVICE).filter(([found]) => found === name)).toEqual([[name, value]]);
});

test("the service reaches the two metadata addresses and no other", () => {
  const allowed = settings(SERVICE).flatMap(([name, value]) => (name === "IPAddressAllow" ? [value] : []));
  expect(allowed).toEqual(["169.254.169.254", "fd00:ec2::254"]);
});

test("the service has more descriptors than connections that it accepts", () => {
  const [[, most] = []] = settings(SERVICE).filter(([name]) => name === "LimitNOFILE");
  expect(Number(most)).toBeGreaterThanOrEqual(MAX_SOCKETS + METADATA_CONNECTIONS + 256);
});

test("the service has no access to the folder of its socket", () => {
  const names = settings(SERVICE).map(([name]) => name);
  expect(
    names.filter((name) => /^(Runtime|State|Cache|Logs)Directory|^ReadWritePaths|^DynamicUser/.test(name)),
  ).toEqual([]);
  expect(names).toEqual(expect.arrayContaining(["SystemCallFilter", "MemoryMax", "TasksMax", "NoNewPrivileges"]));
});

test("the counters are collected only while the service has a control group, and an idle minute has no line in the journal", () => {
  const lines = settings("systemd/eic-agent-metrics.service");
  expect(lines.filter(([name]) => name.startsWith("Condition"))).toEqual([
    ["ConditionPathExists", "|/sys/fs/cgroup/system.slice/eic-agent.service"],
    ["ConditionPathExists", "|/sys/fs/cgroup/systemd/system.slice/eic-agent.service"],
  ]);
  expect(lines).toEqual(
    expect.arrayContaining([
      ["LogLevelMax", "notice"],
      ["SyslogLevel", "warning"],
    ]),
  );
  // Otherwise a start of the service would be pulled in.
  expect(lines.filter(([name]) => /^(Requires|Wants|BindsTo)$/.test(name))).toEqual([]);
});

test.each([
  ["ListenStream", SOCKET_PATH],
  ["SocketUser", "root"],
  ["SocketGroup", "eic-agent"],
  ["SocketMode", "0660"],
  ["DirectoryMode", "0755"],
  ["TriggerLimitIntervalSec", "0"],
])("the socket has %s=%s", (name, value) => {
  expect(settings(SOCKET).filter(([found]) => found === name)).toEqual([[name, value]]);
});

test("the slots are root's, four of them, in a folder that others cannot enter", () => {
  const lines = readFileSync("systemd/tmpfiles.d/eic-agent.conf", "utf8").split("\n");
  const rows = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(/ +/));
  expect(rows).toEqual([
    ["d", "/run/eic-agent", "0755", "root", "root", "-"],
    ["d", "/run/eic-agent/slots", "0750", "root", "eic-agent", "-"],
    ...[0, 1, 2, 3].map((slot) => ["f", `/run/eic-agent/slots/${slot}`, "0640", "root", "eic-agent", "-"]),
  ]);
});
