/** The settings file: its contents, and the messages for invalid contents. */
import { describe, expect, test } from "vitest";
import { parseSettings, settingsIn } from "../../src/simulator/cli/settings-file.ts";

const FULL = `
region = "eu-west-1"
domain = "amazonaws.com"
partition = "aws"
caller = "arn:aws:iam::111122223333:user/by-default"

[throttling]
preset = "reported"
burst = 5
per_second = 0.5

[[instances]]
id = "i-0000000000000000a"
availability_zone = "eu-west-1b"
state = "stopped"
available = false
type = "c6g.large"
serial_console = "active"
metadata = "127.0.0.1:8181"

[[instances]]
id = "i-0000000000000000b"

[[principals]]
arn = "arn:aws:iam::111122223333:user/alice"
access_key_id = "AKIAIOSFODNN7EXAMPLE"
secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
session_token = "token"
instances = ["i-0000000000000000a"]
os_users = ["alice"]
actions = ["SendSSHPublicKey"]
denied_with = "AuthException"
account = "active"

[[principals]]
arn = "arn:aws:iam::111122223333:user/bob"
`;

test("every setting has its effect", () => {
  expect(parseSettings(FULL)).toEqual({
    ...{ region: "eu-west-1", domain: "amazonaws.com", partition: "aws" },
    caller: "arn:aws:iam::111122223333:user/by-default",
    throttling: { preset: "reported", burst: 5, perSecond: 0.5 },
    instances: [
      {
        ...{ id: "i-0000000000000000a", availabilityZone: "eu-west-1b", type: "c6g.large" },
        ...{ state: "stopped", available: false, serialConsole: "active" },
        metadata: { host: "127.0.0.1", port: 8181 },
      },
      { id: "i-0000000000000000b" },
    ],
    principals: [
      {
        arn: "arn:aws:iam::111122223333:user/alice",
        accessKeyId: "AKIAIOSFODNN7EXAMPLE",
        secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        sessionToken: "token",
        ...{ instances: ["i-0000000000000000a"], osUsers: ["alice"], actions: ["SendSSHPublicKey"], account: "active" },
        deniedWith: "AuthException",
      },
      { arn: "arn:aws:iam::111122223333:user/bob" },
    ],
  });
});

test("an empty file changes nothing", () => {
  expect(parseSettings("")).toEqual({ throttling: {} });
});

describe("is refused, with its place:", () => {
  test.each([
    { text: "reigon = 'x'", message: "the file has the unknown setting reigon" },
    { text: "region = 1", message: "the file: region must be a string" },
    { text: "instances = 'i-0'", message: "instances must be tables, each under [[instances]]" },
    { text: "[instances]\nid = 'i-0'", message: "instances must be tables, each under [[instances]]" },
    { text: "[[instances]]", message: "[[instances]] 1 has no id" },
    {
      text: "[[instances]]\nid = 'i-0'\n[[instances]]\nid = 'i-1'\nstate = 'off'",
      message: "[[instances]] 2: state must be one of pending, running",
    },
    {
      text: "[[instances]]\nid = 'i-0'\navailable = 'no'",
      message: "[[instances]] 1: available must be true or false",
    },
    { text: "[[instances]]\nid = 'i-0'\nserial_console = true", message: "serial_console must be one of enabled" },
    { text: "[[instances]]\nid = 'i-0'\nmetadata = 'localhost:80'", message: "metadata wants ADDRESS:PORT" },
    { text: "[[instances]]\nid = 'i-0'\nzone = 'x'", message: "[[instances]] 1 has the unknown setting zone" },
    { text: "[[principals]]\nos_users = ['a']", message: "[[principals]] 1 has no arn" },
    { text: "[[principals]]\narn = 'a'\nos_users = 'a'", message: "os_users must be a list of strings" },
    {
      text: "[[principals]]\narn = 'a'\nactions = ['SendAll']",
      message: "actions must be a list out of SendSSHPublicKey",
    },
    { text: "[[principals]]\narn = 'a'\naccount = 'gone'", message: "account must be one of active" },
    { text: "[throttling]\nburst = 0", message: "[throttling]: burst must be a number above 0" },
    { text: "[throttling]\npreset = 'real'", message: "[throttling]: preset must be one of generous, reported" },
    { text: "[throttling]\nrate = 1", message: "[throttling] has the unknown setting rate" },
    { text: "region =", message: "Invalid TOML" },
  ])("$text", ({ text, message }) => {
    expect(() => parseSettings(text)).toThrow(message);
  });
});

test("a missing file is reported with its name", async () => {
  await expect(settingsIn("nowhere.toml")).rejects.toThrow("cannot read nowhere.toml (ENOENT); name a settings file");
});
