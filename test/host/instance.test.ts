/** The instance's identity: settings before DMI before hypervisor, and a named file that must exist. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { identify } from "../../src/host/instance.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "eic-instance-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Names both files: the machine that runs the tests, perhaps an EC2 instance itself, has no influence. */
function identity(dmi: string, hypervisor: string, settings = {}) {
  const [dmiPath, hypervisorPath] = [join(folder, "dmi"), join(folder, "uuid")];
  writeFileSync(dmiPath, dmi, { mode: 0o644 });
  writeFileSync(hypervisorPath, hypervisor, { mode: 0o644 });
  return identify({ id: undefined, dmiPath, hypervisorPath, checkIdentity: true, allowOwnFiles: true, ...settings });
}

describe("the identity", () => {
  test.each([
    { title: "Nitro's", dmi: "i-0abcdef1234567890\n", uuid: "\n", gives: { id: "i-0abcdef1234567890", by: "dmi" } },
    { title: "an old short id", dmi: "i-1234abcd", uuid: "", gives: { id: "i-1234abcd", by: "dmi" } },
    {
      title: "Xen's",
      dmi: "Not Specified\n",
      uuid: "ec2e1916-9099-7caf-fd21-012345abcdef\n",
      gives: { id: undefined, by: "hypervisor" },
    },
    {
      title: "Xen's in upper case",
      dmi: "",
      uuid: "EC2E1916-9099-7CAF-FD21-012345ABCDEF",
      gives: { id: undefined, by: "hypervisor" },
    },
  ])("is $title", ({ dmi, uuid, gives }) => {
    expect(identity(dmi, uuid)).toEqual({ kind: "ec2", ...gives });
  });

  test.each([
    { title: "another maker's tag", dmi: "Default string\n", uuid: "\n" },
    { title: "a tag that resembles an id", dmi: "i-0abcdeg1234567890", uuid: "" },
    { title: "an id that is too short", dmi: "i-1234abc", uuid: "" },
    { title: "two lines", dmi: "i-0abcdef1234567890\ni-0abcdef1234567891\n", uuid: "" },
    { title: "upper case", dmi: "i-0ABCDEF1234567890", uuid: "" },
    { title: "another hypervisor", dmi: "", uuid: "0ec2e191-9099-7caf-fd21-012345abcdef" },
  ])("is absent with $title", ({ dmi, uuid }) => {
    expect(identity(dmi, uuid)).toEqual({ kind: "not-ec2" });
  });

  test("is that of the setting, for any identity of the machine", () => {
    expect(identity("i-0000000000000000a", "ec2", { id: "i-0000000000000000b" })).toEqual({
      kind: "ec2",
      id: "i-0000000000000000b",
      by: "setting",
    });
  });

  test("is not checked if the setting says so", () => {
    expect(identity("i-0000000000000000a", "", { checkIdentity: false })).toEqual({
      kind: "ec2",
      id: undefined,
      by: "unchecked",
    });
  });

  test.each([{ name: "dmiPath" }, { name: "hypervisorPath" }])(
    "cannot be read from a $name that is absent",
    ({ name }) => {
      expect(() => identity("", "", { [name]: join(folder, "absent") })).toThrow(
        expect.objectContaining({ code: "FILE_UNREADABLE" }),
      );
    },
  );
});
