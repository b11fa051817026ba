/**
 * `eic-agent doctor` on hosts that are really broken, each in one way: it names the problem on the first run, with a remedy.
 * Every other line is the same as on the healthy host.
 */
import { chmodSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rowsForNow } from "../../tools/slowness.ts";
import { METADATA_V6, PROGRAMS } from "../support/namespace.ts";
import { describeWith } from "../support/needs.ts";
import { BROKEN_MACHINES } from "./broken-machine.ts";
import { BROKEN_SSHD } from "./broken-sshd.ts";
import type { Expected } from "./expected.ts";
import { DMI, type Host, healthyHost, openHost, SETTINGS, SSHD_CONFIG } from "./healthy-host.ts";
import { isNamed, TIMED } from "./named.ts";

describeWith("sshd", "doctor", () => {
  const host = healthyHost();

  /** Checks that do not apply on a healthy host. No check fails or warns there. */
  const NONE_OF = [
    "metadata-ipv6",
    "sshd-running",
    "sshd-listening",
    "chained",
    "principals",
    "session-variables",
    "service-sandbox",
    "selinux",
    "apparmor",
  ];
  const healthy = (check: string, words: readonly string[]): Expected["status"] =>
    NONE_OF.includes(check) || (words.length === 0 && ["account", "pam", "session", "policy"].includes(check))
      ? "not-applicable"
      : "ok";

  test.each([{ words: [] }, { words: ["--user", "alice"] }])(
    "finds nothing if everything is right ($words)",
    async ({ words }) => {
      const { exit, checks } = await host().examine(words);
      const wrong = [...checks.values()].filter(({ check, status }) => status !== healthy(check, words));
      expect(wrong.filter(({ check }) => check !== TIMED && !/selinux|apparmor|penalties/.test(check))).toEqual([]);
      expect(exit).toBe(0);
    },
  );

  test.each(rowsForNow([...BROKEN_SSHD, ...BROKEN_MACHINES]))("names $title", (broken) => isNamed(host(), broken));

  test("sends no request if a login sends none", async () => {
    host().namespace.write(DMI, "No Asset Tag\n");
    const before = await host().simulator.requests();
    await host().examine();
    expect(await host().simulator.requests()).toEqual(before);
  });

  test("without root reports what it can read, and what it skipped", async () => {
    chmodSync(host().namespace.outside(SSHD_CONFIG), 0o600);
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const { exit, checks } = await host().examine([], nobody);
    const skipped = [...checks.values()].filter(({ needsRoot }) => needsRoot).map(({ check }) => check);
    expect(skipped).toEqual(
      expect.arrayContaining([
        "sshd-config",
        "include",
        "command",
        "command-path",
        "command-arguments",
        "command-user",
        "pubkey",
        "match-blocks",
        "other-commands",
      ]),
    );
    expect([...checks.values()].filter(({ status }) => status === "failed")).toEqual([]);
    expect(checks.get("staples")?.status).toBe("ok");
    expect(exit).toBe(0);
  });

  test("without root, if the files are readable, queries sshd all the same", async () => {
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const { checks } = await host().examine([], nobody);
    expect(checks.get("command")).toMatchObject({
      status: "ok",
      message: expect.stringMatching(/60-eic-agent\.conf:1/),
    });
    expect(checks.get("sshd-config")?.status).toBe("ok");
  });
});

describeWith("sshd", "doctor with other metadata services", () => {
  let host: Host;
  beforeAll(async () => {
    host = await openHost(["127.0.0.1", METADATA_V6]);
  });
  afterAll(() => host.close());

  test("names an IPv4 address that cannot be reached if IPv6 can", async () => {
    const { exit, checks } = await host.examine();
    expect(checks.get("metadata-ipv4")).toMatchObject({
      status: "warning",
      hint: expect.stringContaining("fd00:ec2::254"),
    });
    expect(checks.get("metadata-ipv6")?.status).toBe("ok");
    expect(checks.get("staples")?.status).toBe("ok");
    expect(exit).toBe(0);
  });

  test("names an unknown domain, and checks no signer without a name", async () => {
    const { namespace } = host;
    const up = [`${PROGRAMS}/eic-simulator.cjs`, "up", "--folder", "/run/eic2", "--listen", "127.0.0.1:8169"];
    const other = namespace.start([...up, "--domain", "cloud.example"]);
    await new Promise<void>((resolve, reject) => {
      other.once("close", () => reject(new Error("ended")));
      other.stdout?.on("data", (text) => String(text).includes("Ctrl-C ends it") && resolve());
    });
    namespace.write(
      SETTINGS,
      '[metadata]\nendpoint = "http://127.0.0.1:8169"\n[trust]\nanchors = "/run/eic2/anchors.pem"\n',
    );
    const { exit, checks } = await host.examine();
    expect(checks.get("domain")).toMatchObject({
      status: "failed",
      code: "DOMAIN_UNKNOWN",
      message: expect.stringContaining("cloud.example"),
    });
    expect(checks.get("region")?.status).toBe("ok");
    expect(checks.get("metadata-instance")?.status).toBe("ok");
    expect(checks.get("signer")?.status).toBe("not-applicable");
    expect(exit).toBe(1);
  });

  test("names a missing metadata service", async () => {
    const { namespace } = host;
    namespace.write(SETTINGS, '[metadata]\nendpoint = "http://127.0.0.1:9"\n[instance]\nid = "i-0abcdef1234567890"\n');
    const { checks } = await host.examine();
    expect(checks.get("metadata-ipv4")).toMatchObject({
      status: "failed",
      message: expect.stringContaining("ECONNREFUSED"),
    });
    expect(checks.get("token")).toMatchObject({ status: "failed", code: "METADATA_UNREACHABLE" });
    expect(checks.get("command")?.status).toBe("ok");
  });
});
