/** Variables that name the caller in a session: only values that sshd cannot read in another way. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sessionVariables } from "../../src/verify/ssh/session-variables.ts";

const CALLER = "arn:aws:sts::111122223333:assumed-role/Admin/alice";
const REQUEST = "2b0f8d2e-6a0c-4f7e-9a59-d5a9b0a0f1aa";

/** Reads a value as sshd does: opt_dequote in misc.c. */
function dequoted(text: string): { value: string; rest: string } | undefined {
  let value = "";
  for (let at = 1; at < text.length; at += 1) {
    if (text[at] === '"') return { value, rest: text.slice(at + 1) };
    if (text[at] === "\\" && text[at + 1] === '"') at += 1;
    value += text[at];
  }
  return undefined;
}

describe("the variables of a session", () => {
  test("are the caller and the request id", () => {
    expect(sessionVariables("EIC_CALLER", { caller: CALLER, requestId: REQUEST })).toEqual({
      options: [`environment="EIC_CALLER=${CALLER}"`, `environment="EIC_REQUEST_ID=${REQUEST}"`],
      leftOut: [],
    });
  });

  test("quote as sshd does", () => {
    const { options } = sessionVariables("EIC_CALLER", { caller: 'a"b c', requestId: REQUEST });
    expect(options[0]).toBe('environment="EIC_CALLER=a\\"b c"');
  });

  test.each([
    { title: "is missing", caller: undefined },
    { title: "is empty", caller: "" },
    { title: "has a line break", caller: "a\nb" },
    { title: "has a character that is not ASCII", caller: "\u00fc" },
    { title: "has a backslash, which sshd could take for the quote's", caller: "a\\" },
    { title: "is longer than 512 characters", caller: "a".repeat(513) },
  ])("are left out if the value $title", ({ caller }) => {
    expect(sessionVariables("EIC_CALLER", { caller, requestId: REQUEST })).toEqual({
      options: [`environment="EIC_REQUEST_ID=${REQUEST}"`],
      leftOut: ["EIC_CALLER"],
    });
  });

  test("have the value of the caller, to its last byte, for any caller that is not left out", () => {
    const any = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', "\\", ",", " ", "=", "a") }));
    fc.assert(
      fc.property(any, (caller) => {
        const { options, leftOut } = sessionVariables("EIC_CALLER", { caller, requestId: undefined });
        const [option = ""] = options;
        const isLeftOut = leftOut.includes("EIC_CALLER");
        const read = isLeftOut ? undefined : dequoted(option.replace(/^environment=/, ""));
        expect(options).toHaveLength(isLeftOut ? 0 : 1);
        expect(read).toEqual(isLeftOut ? undefined : { value: `EIC_CALLER=${caller}`, rest: "" });
      }),
    );
  });
});
