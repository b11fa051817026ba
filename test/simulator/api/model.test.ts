/** Input of the two actions: every constraint of the model, with the messages that a caller reads. */
import { describe, expect, test } from "vitest";
import { ApiError } from "../../../src/simulator/api/api-errors.ts";
import { type ActionName, checkedInput } from "../../../src/simulator/api/model.ts";

const KEY = `ssh-ed25519 ${"A".repeat(68)}`;
const SSH = { InstanceId: "i-0abcdef1234567890", InstanceOSUser: "ec2-user", SSHPublicKey: KEY };
const SERIAL = { InstanceId: "i-0abcdef1234567890", SSHPublicKey: KEY };

/** Returns "" if the input is accepted, otherwise the error's name and message. */
function said(given: object, action: ActionName = "SendSSHPublicKey"): string {
  try {
    checkedInput(action, given as Record<string, unknown>);
    return "";
  } catch (error) {
    return error instanceof ApiError ? `${error.name}: ${error.message}` : String(error);
  }
}

describe("is taken:", () => {
  test.each([
    { title: "all that is required", given: SSH },
    { title: "an availability zone", given: { ...SSH, AvailabilityZone: "us-east-1a" } },
    { title: "a zone of a secret region", given: { ...SSH, AvailabilityZone: "us-iso-east-1a" } },
    { title: "null for optional members", given: { ...SSH, AvailabilityZone: null } },
    { title: "unknown members", given: { ...SSH, Later: { deep: [1] }, serialPort: "x" } },
    { title: "an id of 10 characters", given: { ...SSH, InstanceId: "i-01234567" } },
    { title: "an id of 32 characters", given: { ...SSH, InstanceId: `i-${"0".repeat(30)}` } },
    { title: "a key of 4096 characters", given: { ...SSH, SSHPublicKey: "k".repeat(4096) } },
    { title: "a key of 80 characters", given: { ...SSH, SSHPublicKey: "k".repeat(80) } },
  ])("$title", ({ given }) => {
    expect(said(given)).toBe("");
  });

  test.each([
    "a",
    "_",
    "root",
    "first.last",
    "user@corp.example",
    "machine$",
    "0042x",
    "9-",
    "a".repeat(32),
    `1${"a".repeat(31)}`,
  ])("the user %s", (InstanceOSUser) => {
    expect(said({ ...SSH, InstanceOSUser })).toBe("");
  });

  test.each([{}, { SerialPort: 0 }, { SerialPort: null }, { InstanceOSUser: "not looked at" }])(
    "%o for the serial console",
    (more) => {
      expect(said({ ...SERIAL, ...more }, "SendSerialConsoleSSHPublicKey")).toBe("");
    },
  );
});

describe("InvalidArgsException is what gets", () => {
  test.each([
    { title: "no id", given: { InstanceId: undefined }, member: "instanceId", must: "not be null" },
    { title: "an id of null", given: { InstanceId: null }, member: "instanceId", must: "not be null" },
    { title: "no user", given: { InstanceOSUser: undefined }, member: "instanceOSUser", must: "not be null" },
    { title: "no key", given: { SSHPublicKey: undefined }, member: "sSHPublicKey", must: "not be null" },
    {
      title: "a short id",
      given: { InstanceId: "i-0123456" },
      member: "instanceId",
      must: "have length greater than or equal to 10",
    },
    {
      title: "a long id",
      given: { InstanceId: `i-${"0".repeat(31)}` },
      member: "instanceId",
      must: "have length less than or equal to 32",
    },
    {
      title: "a managed instance",
      given: { InstanceId: "mi-0123456789abcdef0" },
      member: "instanceId",
      must: "satisfy regular expression pattern: ^i-[a-f0-9]+$",
    },
    {
      title: "an id in upper case",
      given: { InstanceId: "i-0ABCDEF1234567890" },
      member: "instanceId",
      must: "satisfy regular expression pattern",
    },
    {
      title: "an id and a newline",
      given: { InstanceId: "i-0abcdef1234567890\n" },
      member: "instanceId",
      must: "satisfy regular expression pattern",
    },
    {
      title: "an empty user",
      given: { InstanceOSUser: "" },
      member: "instanceOSUser",
      must: "have length greater than or equal to 1",
    },
    {
      title: "a user of 33 characters",
      given: { InstanceOSUser: "a".repeat(33) },
      member: "instanceOSUser",
      must: "have length less than or equal to 32",
    },
    {
      title: "a user with a slash",
      given: { InstanceOSUser: "a/b" },
      member: "instanceOSUser",
      must: "satisfy regular expression pattern",
    },
    {
      title: "a user with a newline",
      given: { InstanceOSUser: "a\nb" },
      member: "instanceOSUser",
      must: "satisfy regular expression pattern",
    },
    {
      title: "a user of digits alone",
      given: { InstanceOSUser: "0042" },
      member: "instanceOSUser",
      must: "satisfy regular expression pattern",
    },
    {
      title: "a user that begins with a hyphen",
      given: { InstanceOSUser: "-oProxy" },
      member: "instanceOSUser",
      must: "satisfy regular expression pattern",
    },
    {
      title: "a key of 79 characters",
      given: { SSHPublicKey: "k".repeat(79) },
      member: "sSHPublicKey",
      must: "have length greater than or equal to 80",
    },
    {
      title: "a key of 4097 characters",
      given: { SSHPublicKey: "k".repeat(4097) },
      member: "sSHPublicKey",
      must: "have length less than or equal to 4096",
    },
    {
      title: "a zone of 5 characters",
      given: { AvailabilityZone: "a-b-1" },
      member: "availabilityZone",
      must: "have length greater than or equal to 6",
    },
    {
      title: "a Local Zone, which the model's pattern does not allow",
      given: { AvailabilityZone: "us-west-2-lax-1a" },
      member: "availabilityZone",
      must: "satisfy regular expression pattern",
    },
    {
      title: "a region for a zone",
      given: { AvailabilityZone: "us-east-1" },
      member: "availabilityZone",
      must: "satisfy regular expression pattern",
    },
  ])("$title", ({ given, member, must }) => {
    const text = said({ ...SSH, ...given });
    expect(text).toMatch(/^InvalidArgsException: 1 validation error detected: Value /);
    expect(text).toContain(`at '${member}' failed to satisfy constraint: Member must ${must}`);
  });

  test("every problem, at once", () => {
    expect(said({ InstanceOSUser: "a/b", SSHPublicKey: KEY })).toBe(
      "InvalidArgsException: 2 validation errors detected: Value null at 'instanceId' failed to satisfy constraint: " +
        "Member must not be null; Value 'a/b' at 'instanceOSUser' failed to satisfy constraint: Member must satisfy regular " +
        "expression pattern: (^[A-Za-z_][A-Za-z0-9@._-]{0,30}[A-Za-z0-9$_-]?$)|(^(?=.{2,32}$)[0-9]{1,32}[A-Za-z@._-][A-Za-z0-9@._-]*[A-Za-z0-9$_-]?$)",
    );
  });

  test.each([1, -1])("serial port %i", (SerialPort) => {
    const text = said({ ...SERIAL, SerialPort }, "SendSerialConsoleSSHPublicKey");
    expect(text).toContain(`InvalidArgsException: 1 validation error detected: Value '${SerialPort}' at 'serialPort'`);
  });

  test("a key is never repeated in an error about it", () => {
    expect(said({ ...SSH, SSHPublicKey: "secret" })).not.toContain("secret");
  });
});

test.each([
  { given: { InstanceId: 12345678901 }, message: "InstanceId must be of type string, not number" },
  { given: { InstanceOSUser: true }, message: "InstanceOSUser must be of type string, not boolean" },
  { given: { SSHPublicKey: [KEY] }, message: "SSHPublicKey must be of type string, not list" },
  { given: { AvailabilityZone: {} }, message: "AvailabilityZone must be of type string, not structure" },
])("ValidationError is the answer to a wrong type: $message", ({ given, message }) => {
  expect(said({ ...SSH, ...given })).toBe(`ValidationError: ${message}`);
});

test.each(["0", 0.5, 1e21])("a serial port of %o is of a wrong type", (SerialPort) => {
  expect(said({ ...SERIAL, SerialPort }, "SendSerialConsoleSSHPublicKey")).toMatch(
    /^ValidationError: SerialPort must be/,
  );
});
