/** The join for any log: it never fails, it lists each acceptance once, and it invents no caller. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Entry } from "../../src/logins/entry.ts";
import { accepted, BOB, closed, EVE, joined, line, offer } from "./lines.ts";

/** Entries in any order, with times that go back as well. */
const entry = fc
  .tuple(
    fc.constantFrom("offer", "accepted", "closed", "gone", "other"),
    fc.integer({ min: -300, max: 300 }),
    fc.nat(3),
    fc.boolean(),
  )
  .map(([kind, s, pid, isBob]): Entry => {
    if (kind === "offer") return offer(s, { caller: isBob ? BOB : EVE, request: `r${pid}`, expires: s + 60 });
    if (kind === "accepted") return accepted(s, pid);
    if (kind === "closed") return closed(s, pid);
    if (kind === "gone") return line(s, 999, `Disconnected from user alice 203.0.113.7 port ${5000 + pid}`);
    return line(s, pid, "Accepted password for alice from 203.0.113.7 port 1 ssh2");
  });

test("of the records and lines in any order", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      const logins = joined(entries);
      const pushed = new Set(entries.flatMap(({ message }) => /request_id=(\S+)/.exec(message)?.[1] ?? []));
      const without = logins.filter(({ state }) => state.kind === "no-login");
      expect(logins.length - without.length).toBe(
        entries.filter(({ message }) => message.startsWith("Accepted")).length,
      );
      for (const { pushes, by, uncertainties, state } of logins) {
        expect(pushes.every(({ requestId }) => pushed.has(requestId ?? ""))).toBe(true);
        expect(by === "other").toBe(pushes.length === 0);
        expect(pushes.length > 1).toBe(uncertainties.some((one) => one.startsWith("several-")));
        if (state.kind === "ended") expect(state.seconds ?? 0).toBeGreaterThanOrEqual(0);
      }
      expect(logins.map(({ at }) => at)).toEqual(logins.map(({ at }) => at).toSorted((a, b) => a - b));
      const own = joined(entries, { others: false });
      expect(own).toEqual(logins.filter(({ by }) => by !== "other"));
    }),
    { numRuns: 300 },
  );
});
