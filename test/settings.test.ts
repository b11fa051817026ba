/** config.toml: the effect of each setting, and that an unreadable file or value never permits more. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULTS } from "../src/settings/defaults.ts";
import { loadSettings } from "../src/settings/load.ts";
import { parseSettings } from "../src/settings/parse.ts";

const parsed = (text: string) => parseSettings(text, "/c.toml");

describe("a settings file", () => {
  test("if empty changes nothing", () => {
    expect(parsed("# only a comment\n")).toEqual(DEFAULTS);
  });

  test("may set everything", () => {
    const text = `
      [metadata]
      endpoint = "http://127.0.0.1:1338"
      deadline_ms = 500
      [trust]
      anchors = "/a.pem"
      extra_anchors = "/b.pem"
      domains = ["example.eu", "a-b.c2.example"]
      [instance]
      id = "i-0abcdef1234567890"
      dmi_path = "/d"
      hypervisor_path = "/h"
      check_identity = false
      [keys]
      clock_skew_seconds = 0
      [chain]
      deadline_ms = 20000
      [audit]
      target = "journal"
      format = "json"
      required = true
      [policy]
      deny_users = ["root"]
      allow_users = ["a*", "m\u00fcller"]
      default = "deny"
      mode = "report"
      [[policy.rules]]
      users = ["admin"]
      callers = ["arn:aws:sts::1:assumed-role/A/*"]
      [[policy.rules]]
      users = ["ops", "admin"]
      callers = ["arn:aws:sts::1:assumed-role/B/*", "arn:aws:iam::1:user/c"]`;
    expect(parsed(text)).toEqual({
      origins: [{ host: "127.0.0.1", port: 1338 }],
      deadlineMs: 500,
      anchors: "/a.pem",
      extraAnchors: "/b.pem",
      domains: ["example.eu", "a-b.c2.example"],
      instance: { id: "i-0abcdef1234567890", dmiPath: "/d", hypervisorPath: "/h", checkIdentity: false },
      clockSkewSeconds: 0,
      chainDeadlineMs: 20_000,
      audit: { target: "journal", format: "json", required: true },
      policy: {
        denyUsers: ["root"],
        allowUsers: ["a*", "m\u00fcller"],
        byDefault: "deny",
        mode: "report",
        rules: [
          { users: ["admin"], callers: ["arn:aws:sts::1:assumed-role/A/*"] },
          {
            users: ["ops", "admin"],
            callers: ["arn:aws:sts::1:assumed-role/B/*", "arn:aws:iam::1:user/c"],
          },
        ],
      },
    });
  });

  test.each([
    { endpoint: "http://169.254.169.254", origin: { host: "169.254.169.254", port: 80 } },
    { endpoint: "http://[::1]:8080", origin: { host: "::1", port: 8080 } },
    { endpoint: "http://[fd00:ec2::254]", origin: { host: "fd00:ec2::254", port: 80 } },
  ])("uses the endpoint $endpoint, and only that one", ({ endpoint, origin }) => {
    expect(parsed(`[metadata]\nendpoint = "${endpoint}"`).origins).toEqual([origin]);
  });

  test.each([
    { text: "x = 1", message: "x is not a known setting" },
    { text: "[metadata]\nendpiont = 1", message: "metadata.endpiont is not a known setting" },
    { text: "[audit]\ntarget = 'file'", message: 'audit.target must be "syslog" or "journal" or "none"' },
    { text: "[audit]\ntarget = true", message: "audit.target must be" },
    { text: "[audit]\nformat = 'xml'", message: 'audit.format must be "text" or "json"' },
    { text: "[audit]\nrequired = 'yes'", message: "audit.required must be true or false" },
    { text: "[audit]\nfacility = 'auth'", message: "audit.facility is not a known setting" },
    {
      text: "[audit]\nrequired = true\ntarget = 'none'",
      message: 'audit.required cannot be true if target is "none"',
    },
    { text: "[policy]\nallow = []", message: "policy.allow is not a known setting" },
    { text: "[policy]\ndeny_users = 'root'", message: "policy.deny_users must be a list of users" },
    { text: "[policy]\ndeny_users = ['root', 1]", message: "policy.deny_users.1 must be a text" },
    { text: "[policy]\ndeny_users = ['']", message: "policy.deny_users.0 must have 1 to 2048 characters" },
    { text: "[policy]\nallow_users = ['a?']", message: "policy.allow_users.0 may have no wildcard but *" },
    { text: "[policy]\nmode = 'warn'", message: 'policy.mode must be "enforce" or "report"' },
    { text: "[policy]\nmode = 'Report'", message: "policy.mode must be" },
    { text: "[policy]\ndefault = 'refuse'", message: 'policy.default must be "allow" or "deny"' },
    { text: "[policy]\nrules = 'x'", message: "policy.rules must be tables" },
    { text: "[policy.rules]\nusers = ['a']", message: "policy.rules must be tables" },
    { text: "[[policy.rules]]\nusers = ['a']", message: "policy.rules.0.callers" },
    { text: "[[policy.rules]]\ncallers = ['a:b']", message: "policy.rules.0.users" },
    { text: "[[policy.rules]]\nusers = []\ncallers = ['a']", message: "policy.rules.0.users must name at least one" },
    { text: "[[policy.rules]]\nusers = ['a']\ncallers = []", message: "policy.rules.0.callers must name at least one" },
    { text: "[[policy.rules]]\nusers = ['a']\ncallers = ['b**']", message: "policy.rules.0.callers.0 may not have **" },
    {
      text: "[[policy.rules]]\nusers = ['a']\ncallers = ['\u00fc']",
      message: "policy.rules.0.callers.0 must be printable",
    },
    {
      text: "[[policy.rules]]\nusers = ['a']\ncallers = ['b']\nmode = 'report'",
      message: "policy.rules.0.mode is not a known setting",
    },
    { text: "[chain]\ndeadline_ms = 999", message: "chain.deadline_ms must be a whole number from 1000 to 20000" },
    { text: "[chain]\ndeadline_ms = 20001", message: "chain.deadline_ms must be a whole number from 1000 to 20000" },
    { text: "[chain]\ndeadline_ms = '8000'", message: "chain.deadline_ms must be a whole number from 1000 to 20000" },
    { text: "[chain]\ncommand = '/bin/x'", message: "chain.command is not a known setting" },
    { text: "chain = 8000", message: "chain must be a table" },
    { text: "metadata = 1", message: "metadata must be a table" },
    { text: "[metadata]\ndeadline_ms = 1000.0", message: "metadata.deadline_ms must be a whole number" },
    { text: "[metadata]\nendpoint = 'http://010.0.0.1'", message: "metadata.endpoint must be http://" },
    { text: "[metadata]\nendpoint = 'http://127.0.0.1:0'", message: "metadata.endpoint must be http://" },
    { text: "[metadata]\nendpoint = 'http://127.1'", message: "metadata.endpoint must be http://" },
    { text: "[metadata]\ndeadline_ms = 499", message: "metadata.deadline_ms must be a whole number from 500 to 4000" },
    { text: "[metadata]\ndeadline_ms = 4001", message: "metadata.deadline_ms must be a whole number from 500 to 4000" },
    { text: "[metadata]\ndeadline_ms = 1000.5", message: "metadata.deadline_ms must be a whole number" },
    { text: "[metadata]\ndeadline_ms = '1000'", message: "metadata.deadline_ms must be a whole number" },
    { text: "[metadata]\ndeadline_ms = nan", message: "metadata.deadline_ms must be" },
    { text: "[metadata]\nendpoint = 1", message: "metadata.endpoint must be a URL" },
    { text: "[metadata]\nendpoint = 'https://127.0.0.1'", message: "metadata.endpoint must be http://" },
    { text: "[metadata]\nendpoint = 'http://localhost:80'", message: "metadata.endpoint must be http://" },
    { text: "[metadata]\nendpoint = 'http://127.0.0.1/path'", message: "metadata.endpoint must be http://" },
    { text: "[metadata]\nendpoint = 'http://u@127.0.0.1'", message: "metadata.endpoint must be http://" },
    { text: "[metadata]\nendpoint = 'http://127.0.0.1:99999'", message: "metadata.endpoint must be http://" },
    { text: "[metadata]\nendpoint = 'http://300.0.0.1'", message: "metadata.endpoint must be http://" },
    { text: "[trust]\nanchors = 'a.pem'", message: "trust.anchors must be an absolute path" },
    { text: "[trust]\nanchors = ['/a.pem']", message: "trust.anchors must be a path" },
    { text: "[trust]\ndomains = 'example.eu'", message: "trust.domains must be a list" },
    { text: "[trust]\ndomains = ['Example.EU']", message: "trust.domains.0 must be a domain in lower case" },
    { text: "[trust]\ndomains = ['eu']", message: "trust.domains.0 must be a domain" },
    { text: "[trust]\ndomains = ['*.example.eu']", message: "trust.domains.0 must be a domain" },
    { text: "[instance]\nid = 'i-xyz'", message: "instance.id must be i-" },
    { text: "[instance]\nid = ''", message: "instance.id must be i-" },
    { text: "[instance]\ncheck_identity = 'no'", message: "instance.check_identity must be true or false" },
    { text: "[instance]\ncheck_identity = 0", message: "instance.check_identity must be true or false" },
    {
      text: "[keys]\nclock_skew_seconds = 901",
      message: "keys.clock_skew_seconds must be a whole number from 0 to 900",
    },
    {
      text: "[keys]\nclock_skew_seconds = -1",
      message: "keys.clock_skew_seconds must be a whole number from 0 to 900",
    },
    { text: "[keys]\n__proto__ = 1", message: "keys.__proto__ is not a known setting" },
  ])("is a Fault that says where: $text", ({ text, message }) => {
    expect(() => parsed(text)).toThrow(
      expect.objectContaining({
        code: "SETTINGS_INVALID",
        message: expect.stringContaining(`/c.toml: ${message}`),
      }),
    );
  });

  test.each([
    { text: "[keys\nx = 1", at: "/c.toml:1:" },
    { text: "[keys]\n\nclock_skew_seconds = ", at: "/c.toml:3:" },
    { text: "[keys]\nclock_skew_seconds = 1\nclock_skew_seconds = 2", at: "/c.toml:3:" },
    { text: "\0", at: "/c.toml:1:" },
  ])("that is not TOML is a Fault with line and column", ({ text, at }) => {
    expect(() => parsed(text)).toThrow(
      expect.objectContaining({ code: "SETTINGS_INVALID", message: expect.stringContaining(at) }),
    );
  });
});

describe("loading", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "eic-settings-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("a named file that is absent is a Fault", async () => {
    await expect(loadSettings(join(folder, "absent.toml"))).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  });

  test("a named file that others may write is a Fault", async () => {
    const file = join(folder, "open.toml");
    writeFileSync(file, "");
    chmodSync(file, 0o666);
    await expect(loadSettings(file)).rejects.toMatchObject({ code: "FILE_UNTRUSTED" });
  });

  test("a named file is read", async () => {
    const file = join(folder, "good.toml");
    writeFileSync(file, "[keys]\nclock_skew_seconds = 7\n", { mode: 0o644 });
    await expect(loadSettings(file)).resolves.toMatchObject({ clockSkewSeconds: 7 });
  });

  test("a file larger than 64 KiB is a Fault", async () => {
    const file = join(folder, "large.toml");
    writeFileSync(file, "#".repeat(64 * 1024 + 1), { mode: 0o644 });
    await expect(loadSettings(file)).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
  });
});
