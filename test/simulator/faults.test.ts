/** The answers to which a fault rule applies. */
import { expect, test } from "vitest";
import { type FaultRule, faultRules } from "../../src/simulator/faults.ts";
import { SHORT_NAMES } from "../../src/simulator/paths.ts";

const DATA = "/latest/meta-data";
test.each([
  { path: "token", has: "/latest/api/token" },
  { path: "instance-id", has: `${DATA}/instance-id` },
  { path: "zone", has: `${DATA}/placement/availability-zone/` },
  { path: "region", has: `${DATA}/placement/region` },
  { path: "domain", has: `${DATA}/services/domain` },
  { path: "partition", has: `${DATA}/services/partition` },
  { path: "keys", has: `${DATA}/managed-ssh-keys/active-keys/alice/` },
  { path: "signer-cert", has: `${DATA}/managed-ssh-keys/signer-cert/` },
  { path: "signer-ocsp", has: `${DATA}/managed-ssh-keys/signer-ocsp/` },
  { path: "staple", has: `${DATA}/managed-ssh-keys/signer-ocsp/AB12` },
])("'$path' is $has and nothing else that has a name", ({ path, has }) => {
  const hit = Object.keys(SHORT_NAMES).filter((name) => {
    const faults = faultRules();
    faults.set({ fault: "hang", path: name });
    return faults.take(has) !== undefined;
  });
  expect(hit).toEqual([path]);
});

test("a path is also a beginning, '*' is every path, and a query does not count", () => {
  const faults = faultRules();
  faults.set({ fault: "hang", path: `${DATA}/managed-ssh-keys` });
  expect(faults.take(`${DATA}/managed-ssh-keys/signer-cert`)?.fault).toBe("hang");
  expect(faults.take(`${DATA}/instance-id`)).toBeUndefined();
  faults.set({ fault: "reset", path: "*" });
  expect(faults.take(`${DATA}/instance-id?x`)?.fault).toBe("reset");
});

test("faults on one path are used up in the order in which they were set", () => {
  const faults = faultRules();
  faults.set({ fault: "503", path: "keys", times: 2 });
  faults.set({ fault: "reset", path: "*", times: 1 });
  const path = `${DATA}/managed-ssh-keys/active-keys/alice`;
  expect([1, 2, 3, 4].map(() => faults.take(path)?.fault)).toEqual(["503", "503", "reset", undefined]);
  expect(faults.rules).toEqual([]);
});

test("clearing removes those of one path, or all", () => {
  const faults = faultRules();
  faults.set({ fault: "503", path: "keys" });
  faults.set({ fault: "reset", path: "*" });
  faults.clear("keys");
  expect(faults.rules).toEqual([{ fault: "reset", path: "*" }]);
  faults.clear();
  expect(faults.rules).toEqual([]);
});

test.each([
  { rule: { fault: "explode", path: "*" }, said: "no such fault: explode" },
  { rule: { fault: "toString", path: "*" }, said: "no such fault: toString" },
  { rule: { fault: "hang", path: "key" }, said: "no such path: key" },
  { rule: { fault: "hang", path: "*", times: 0 }, said: "times is not a positive whole number: 0" },
  { rule: { fault: "slow", path: "*", ms: 1.5 }, said: "ms is not a positive whole number: 1.5" },
  {
    rule: { fault: "hang", path: "*", when: "before" },
    said: "before the push is only for faults of the wire at the API",
  },
  {
    rule: { fault: "ServiceException", path: "api", when: "after" },
    said: "after the push is only for faults of the wire at the API",
  },
  {
    rule: { fault: "cut", path: "api", when: "before" },
    said: "cut sends the answer of the call, so it cannot occur before the push",
  },
  { rule: { fault: "hang", path: "api", when: "now" }, said: "when is neither before nor after: now" },
])("$said", ({ rule, said }) => {
  expect(() => faultRules().set(rule as FaultRule)).toThrow(said);
});
