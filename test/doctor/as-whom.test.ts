/** Users that asked the metadata service, and what each user's answer says about a login. */
import { describe, expect, test } from "vitest";
import { type AskedBy, judgeWhoAsks } from "../../src/doctor/check/as-whom.ts";
import { describeCheck, type Finding } from "../../src/doctor/finding.ts";

const answered = (name: string): AskedBy => ({
  name,
  told: [
    describeCheck("metadata-ipv4").ok("it answers"),
    describeCheck("token").ok("given"),
    describeCheck("signer").ok("good"),
  ],
});
const refused = (name: string): AskedBy => ({
  name,
  told: [describeCheck("metadata-ipv4").failed("refused", "look"), describeCheck("token").failed("none", "look")],
});
const nothing = (why: string): Finding[] => [
  describeCheck("metadata-ipv4").notApplicable(why),
  describeCheck("token").notApplicable(why),
];

describe("a login is answered", () => {
  test.each([
    { title: "if both are", service: answered("s"), command: answered("c"), self: answered("s"), token: "ok" },
    { title: "if there is one user", service: undefined, command: answered("c"), self: answered("c"), token: "ok" },
    { title: "if no other user is known", service: undefined, command: undefined, self: answered("me"), token: "ok" },
    {
      title: "as long as the service is, and not the command",
      ...{ service: answered("s"), command: refused("c"), self: answered("s"), token: "warning" },
    },
    {
      title: "not if only root is",
      ...{ service: undefined, command: refused("c"), self: answered("root"), token: "failed" },
    },
    {
      title: "not if the service is not, for any command",
      ...{ service: refused("s"), command: answered("c"), self: refused("root"), token: "failed" },
    },
    {
      title: "not known if the program could not ask",
      ...{ service: undefined, command: { name: "c", told: "killed" }, self: answered("root"), token: "warning" },
    },
  ])("$title", ({ service, command, self, token }) => {
    const findings = judgeWhoAsks({ service, command, self }, nothing);
    expect(findings.find(({ check }) => check === "token")?.status).toBe(token);
    const asked = service ?? command ?? self;
    const [address] = findings;
    expect(address?.status === "ok").toBe(typeof asked.told !== "string" && asked.told[0]?.status === "ok");
    expect(address?.message).toContain(asked.name);
  });

  test("root's answer changes the hint, and only then", () => {
    const hint = (self: AskedBy) => judgeWhoAsks({ service: undefined, command: refused("c"), self }, nothing)[0]?.hint;
    expect(hint(answered("root"))).toMatch(/firewall.*let c do so/);
    expect(hint(refused("root"))).toBe("look");
  });

  test("results that do not depend on the user are unchanged", () => {
    const told = judgeWhoAsks({ service: undefined, command: undefined, self: answered("me") }, nothing);
    expect(told.find(({ check }) => check === "signer")).toEqual(describeCheck("signer").ok("good"));
  });
});
