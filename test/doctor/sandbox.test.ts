/** Unit settings that hinder the service. Properties are in the form that `systemctl show` of systemd 252 and 257 prints. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { judgeReach } from "../../src/doctor/check/reach.ts";
import { hindrances } from "../../src/doctor/check/sandbox.ts";
import { settersIn } from "../../src/doctor/probe/unit-files.ts";

const BOTH = ["169.254.169.254", "fd00:ec2::254"];
const FILES = ["/usr/bin/eic-agent", "/etc/eic-agent/config.toml", "/sys/devices/virtual/dmi/id/board_asset_tag"];
/** Properties of the packaged unit. An empty deny list replaces its list of about 300 system calls. */
const SHIPPED = {
  ...{ User: "eic-agent", DynamicUser: "no", PrivateNetwork: "no", NetworkNamespacePath: "", JoinsNamespaceOf: "" },
  ...{ RestrictAddressFamilies: "AF_INET AF_INET6 AF_UNIX", RestrictNetworkInterfaces: "~", SystemCallFilter: "~" },
  ...{
    IPEgressFilterPath: "",
    IPIngressFilterPath: "",
    MemoryMax: "268435456",
    MemoryHigh: "infinity",
    TasksMax: "32",
  },
  ...{ LimitNOFILE: "2048", LimitNPROCSoft: "31384", LimitASSoft: "infinity", MemoryDenyWriteExecute: "yes" },
  ...{ RootDirectory: "", RootImage: "", InaccessiblePaths: "", TemporaryFileSystem: "", StandardOutput: "journal" },
  ExecStart: "{ path=/usr/bin/eic-agent ; argv[]=/usr/bin/eic-agent serve ; ignore_errors=no ; pid=0 ; status=0/0 }",
};
const found = (
  properties: Record<string, string>,
  addresses: readonly string[] = BOTH,
  setBy = new Map<string, string>(),
) =>
  hindrances(
    { properties: new Map(Object.entries({ ...SHIPPED, ...properties })), setBy },
    { addresses, files: FILES },
  );

test("the unit in the packages blocks nothing", () => {
  expect(found({})).toEqual([]);
});

test("a systemd that does not know a setting does not apply it", () => {
  expect(hindrances({ properties: new Map(), setBy: new Map() }, { addresses: BOTH, files: FILES })).toEqual([]);
});

describe("is named, and stops every login", () => {
  test.each<{ set: Record<string, string>; message: RegExp }>([
    { set: { PrivateNetwork: "yes" }, message: /PrivateNetwork=yes gives it a private network/ },
    { set: { PrivateNetwork: "yes", JoinsNamespaceOf: "x.service" }, message: /private network of x\.service/ },
    { set: { RestrictAddressFamilies: "AF_UNIX" }, message: /blocks AF_INET, AF_INET6/ },
    { set: { RestrictAddressFamilies: "~AF_INET AF_INET6" }, message: /blocks AF_INET, AF_INET6/ },
    // `systemctl show` prints `RestrictAddressFamilies=none` as an empty value.
    { set: { RestrictAddressFamilies: "" }, message: /blocks AF_INET, AF_INET6/ },
    { set: { SystemCallFilter: "~connect socket" }, message: /blocks connect and socket/ },
    { set: { SystemCallFilter: "~connect:EPERM" }, message: /blocks connect/ },
    { set: { InaccessiblePaths: "/opt -/sys" }, message: /InaccessiblePaths hides \/sys\/devices/ },
    { set: { TemporaryFileSystem: "/etc:ro" }, message: /TemporaryFileSystem hides \/etc\/eic-agent/ },
  ])("$set", ({ set, message }) => {
    expect(found(set)).toEqual([expect.objectContaining({ isStop: true, message: expect.stringMatching(message) })]);
  });
});

/** Without the service a login is slower: the relays start separate processes, which no unit confines. */
describe("is named, and only stops the service", () => {
  test.each<{ set: Record<string, string>; message: RegExp }>([
    { set: { SystemCallFilter: "read write" }, message: /blocks connect, socket, accept4 and \d+ more: it cannot run/ },
    { set: { SystemCallFilter: "" }, message: /it cannot run/ },
    { set: { MemoryMax: "20971520" }, message: /MemoryMax=20971520: bytes of memory, too few: it cannot run/ },
    { set: { MemoryHigh: "20971520" }, message: /MemoryHigh/ },
    { set: { LimitASSoft: "536870912" }, message: /LimitAS=536870912: bytes of addresses, too few: it cannot run/ },
    { set: { TasksMax: "4" }, message: /TasksMax=4: threads, too few: it cannot run/ },
    { set: { LimitNPROCSoft: "4" }, message: /LimitNPROC=4/ },
    { set: { LimitNOFILE: "16" }, message: /LimitNOFILE=16/ },
    { set: { TemporaryFileSystem: "/usr/bin" }, message: /hides \/usr\/bin\/eic-agent: it cannot run/ },
  ])("$set", ({ set, message }) => {
    expect(found(set)).toEqual([expect.objectContaining({ isStop: false, message: expect.stringMatching(message) })]);
  });
});

test("six threads are enough", () => {
  expect(found({ TasksMax: "6" })).toEqual([]);
});

test("AF_UNIX is not needed: systemd passes the socket", () => {
  expect(found({ RestrictAddressFamilies: "AF_INET AF_INET6" })).toEqual([]);
  expect(found({ RestrictAddressFamilies: "~AF_UNIX" })).toEqual([]);
});

describe("is named, and is a warning", () => {
  test.each<{ set: Record<string, string>; addresses?: string[]; message: RegExp }>([
    { set: { NetworkNamespacePath: "/run/netns/x" }, message: /queries the metadata service in that network/ },
    { set: { RestrictAddressFamilies: "AF_INET AF_UNIX" }, message: /blocks AF_INET6/ },
    { set: { RestrictNetworkInterfaces: "lo" }, message: /RestrictNetworkInterfaces=lo/ },
    { set: { IPEgressFilterPath: "/sys/fs/bpf/x" }, message: /IPEgressFilterPath/ },
    { set: { MemoryMax: "67108864" }, message: /too few for a crowd/ },
    { set: { LimitNOFILE: "1024" }, message: /too few for a crowd/ },
    { set: { LimitNOFILE: "32" }, message: /too few for a crowd/ },
    { set: { LimitNPROCSoft: "8" }, message: /LimitNPROC=8: threads of its user, too few for a crowd/ },
    { set: { RootDirectory: "/srv/x" }, message: /its files are not those/ },
    { set: { User: "nobody" }, message: /User=nobody/ },
    { set: { User: "" }, message: /User=root/ },
    {
      set: { ExecStart: "{ path=/usr/bin/node ; argv[]=/usr/bin/node /x.cjs serve }" },
      message: /ExecStart runs \/usr\/bin\/node/,
    },
    { set: { StandardOutput: "null" }, message: /loses every record/ },
  ])("$set", ({ set, message }) => {
    expect(found(set)).toEqual([expect.objectContaining({ isStop: false, message: expect.stringMatching(message) })]);
  });
});

test("the only family of the only address stops every login", () => {
  expect(found({ RestrictAddressFamilies: "AF_INET6 AF_UNIX" }, ["192.0.2.7"])).toMatchObject([{ isStop: true }]);
  expect(found({ RestrictAddressFamilies: "AF_INET AF_UNIX" }, ["192.0.2.7"])).toEqual([]);
});

test("the last file that assigns a setting is the one that is named", () => {
  const folder = mkdtempSync(join(tmpdir(), "eic-unit-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [fragment, all, own] = ["eic-agent.service", "10-all.conf", "20-own.conf"].map((name) => join(folder, name));
  writeFileSync(fragment ?? "", "[Service]\nPrivateNetwork=no\nTasksMax=32\nUser=eic-agent\n");
  writeFileSync(all ?? "", "[Service]\n# TasksMax=1\n PrivateNetwork = yes\n");
  writeFileSync(own ?? "", "[Service]\nEnvironment=A=1 \\\n  TasksMax=2\n");
  const setBy = settersIn(
    new Map([
      ["FragmentPath", fragment ?? ""],
      ["DropInPaths", `${all} ${own} ${join(folder, "absent.conf")}`],
    ]),
  );
  expect([setBy.get("PrivateNetwork"), setBy.get("TasksMax"), setBy.get("User")]).toEqual([all, fragment, fragment]);
});

test("the hint is a drop-in for this unit only", () => {
  const file = "/etc/systemd/system/service.d/10-hardening.conf";
  const setBy = new Map([["PrivateNetwork", file]]);
  const told = judgeReach({
    ...{ kind: "known", addresses: BOTH, denied: [], hidden: [], isStale: false },
    hindrances: found({ PrivateNetwork: "yes", RestrictAddressFamilies: "AF_UNIX" }, BOTH, setBy),
  });
  expect(told).toMatchObject({ status: "failed", facts: { setting: "PrivateNetwork", file } });
  expect(told.message).toContain(`(${file})`);
  expect(told.hint).toContain(
    "printf '[Service]\\nPrivateNetwork=no\\nRestrictAddressFamilies=\\nRestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\\n",
  );
  expect(told.hint).toContain(">/etc/systemd/system/eic-agent.service.d/zz-eic-agent.conf");
});

test("the hint's drop-in is read after the file with the setting, for any name of that file", () => {
  const file = "/etc/systemd/system/service.d/zz-hardening.conf";
  const told = judgeReach({
    ...{ kind: "known", addresses: BOTH, denied: [], hidden: [], isStale: false },
    hindrances: found({ PrivateNetwork: "yes" }, BOTH, new Map([["PrivateNetwork", file]])),
  });
  expect(told.hint).toContain(">/etc/systemd/system/eic-agent.service.d/zz-hardening.zz-eic-agent.conf");
});

test("a unit that systemd cannot load is reported, with its files", () => {
  const told = judgeReach({ kind: "broken", state: "bad-setting", files: ["/etc/systemd/system/service.d/x.conf"] });
  expect(told).toMatchObject({ status: "warning", hint: expect.stringContaining("systemd-analyze verify") });
  expect(told.message).toContain("bad-setting; /etc/systemd/system/service.d/x.conf");
});

test("files that systemd has not read yet are reported", () => {
  const facts = { kind: "known", addresses: BOTH, denied: [], hidden: [], hindrances: [] } as const;
  expect(judgeReach({ ...facts, isStale: true })).toMatchObject({ status: "warning" });
  expect(judgeReach({ ...facts, isStale: false })).toMatchObject({ status: "ok" });
});

test("the limits of the unit in the packages block nothing", () => {
  const unit = readFileSync("systemd/eic-agent.service", "utf8");
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
  const memory = String(Number(value("MemoryMax").replace("M", "")) * 2 ** 20);
  expect(found({ MemoryMax: memory, TasksMax: value("TasksMax"), LimitNOFILE: value("LimitNOFILE") })).toEqual([]);
});
