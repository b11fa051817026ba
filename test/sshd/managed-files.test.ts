/** Our files are recognised, and only our lines are removed from them. */
import { describe, expect, test } from "vitest";
import {
  blockIn,
  blockText,
  dropInText,
  parseUnmodified,
  recordsIn,
  stripManaged,
  withoutBlock,
} from "../../src/sshd/wiring/managed-files.ts";

const OURS = {
  command: "/usr/libexec/eic-agent/authorized-keys %u %f",
  user: "eic-agent",
  member: undefined,
  folder: undefined,
};
const LINES =
  "AuthorizedKeysCommand /usr/libexec/eic-agent/authorized-keys %u %f\nAuthorizedKeysCommandUser eic-agent\n";

const WITH_LIST = dropInText({ ...OURS, permits: "EIC_CALLER,EIC_REQUEST_ID" });

describe("the text of a managed file", () => {
  test.each([
    OURS,
    { ...OURS, member: "sssd", folder: "/etc/ssh/sshd_config.d" },
    { ...OURS, permits: "EIC_CALLER,EIC_REQUEST_ID" },
  ])("%j is recognized", (ours) => {
    expect(parseUnmodified(dropInText(ours), dropInText)).toEqual(ours);
    expect(parseUnmodified(blockText(ours), blockText)).toEqual(ours);
    const { command, user, ...records } = ours;
    expect(recordsIn(dropInText(ours))).toEqual(records);
    expect(stripManaged(dropInText(ours))).toBe("");
  });

  test("of a version without the line for the variables of a session is recognized", () => {
    const text = `# Written by \`eic-agent sshd enable\`, taken away by \`eic-agent sshd disable\`.\n${LINES}`;
    expect(parseUnmodified(text, dropInText)).toEqual(OURS);
  });

  test.each([
    WITH_LIST.replace("_ID", "_ID,LANG"),
    WITH_LIST.replace(/^# for .*\n/m, ""),
    LINES,
    `${dropInText(OURS)}\n`,
    dropInText(OURS).replace("%f", ""),
    "",
    `#${dropInText(OURS)}`,
  ])("%j is not", (text) => {
    expect(parseUnmodified(text, dropInText)).toBeUndefined();
  });
});

describe("the text without eic-agent's lines", () => {
  test.each([
    { title: "eic-agent's lines, written by hand", text: LINES, left: "" },
    { title: "another line after them", text: `${LINES}PermitTTY no`, left: "PermitTTY no" },
    {
      title: "another command",
      text: "AuthorizedKeysCommand /x\nAuthorizedKeysCommandUser y\n",
      left: "AuthorizedKeysCommand /x\nAuthorizedKeysCommandUser y\n",
    },
    {
      title: "eic-agent's in a block, another one elsewhere",
      text: `AuthorizedKeysCommandUser y\nMatch User a\n${LINES}PermitTTY no\n`,
      left: "AuthorizedKeysCommandUser y\nMatch User a\nPermitTTY no\n",
    },
    { title: "eic-agent's, commented out", text: `#${LINES.replace("\n", "\n#")}`, left: "" },
    {
      title: "a list of eic-agent that was extended",
      text: WITH_LIST.replace("_ID", "_ID,LANG"),
      left: "PermitUserEnvironment EIC_CALLER,EIC_REQUEST_ID,LANG\n",
    },
    {
      title: "a list without eic-agent's comment",
      text: `${LINES}PermitUserEnvironment EIC_CALLER,EIC_REQUEST_ID\n`,
      left: "PermitUserEnvironment EIC_CALLER,EIC_REQUEST_ID\n",
    },
    {
      title: "another comment next to a setting",
      text: `# why\r\nPermitTTY no\r\n${LINES}`,
      left: "# why\r\nPermitTTY no\r\n",
    },
  ])("$title", ({ text, left }) => {
    expect(stripManaged(text)).toBe(left);
  });
});

describe("the block of a main file", () => {
  const block = blockText(OURS);
  test.each([
    { title: "at its top", text: `${block}Port 22`, left: "Port 22" },
    { title: "moved by hand", text: `Port 22\n${block}UsePAM no\n`, left: "Port 22\nUsePAM no\n" },
    {
      title: "with another line in it",
      text: `${block.replace("# END", "PermitTTY no\n# END")}Port 22\n`,
      left: "PermitTTY no\nPort 22\n",
    },
    { title: "alone, without a last newline", text: block.trimEnd(), left: "" },
  ])("$title is removed", ({ text, left }) => {
    const found = blockIn(text);
    if (typeof found !== "object") throw new Error("not found");
    expect(withoutBlock(text, found)).toBe(left);
  });

  test("without an end is not guessed", () => {
    expect(blockIn(block.replace(/# END.*\n/, ""))).toBe("open");
    expect(blockIn("Port 22\n")).toBeUndefined();
  });
});
