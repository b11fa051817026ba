/** PerSourcePenalties. The lines and values were observed with OpenSSH 10.0 of Debian 13. */
import { describe, expect, test } from "vitest";
import { judgePenalties, type SshdLine } from "../../src/doctor/check/penalties.ts";

const VALUE =
  "crash:90 authfail:5 noauth:1 grace-exceeded:10 refuseconnection:10 max:600 min:15 max-sources4:65536 max-sources6:65536 overflow:permissive overflow6:permissive";
const NOW = new Date("2030-01-02T03:04:05.000Z");
/** Four minutes earlier. Syslog's old format has local time without a year. */
const EARLIER = new Date(NOW.getTime() - 240_000);
const LOCAL = `${EARLIER.toDateString().slice(4, 10)} ${EARLIER.toTimeString().slice(0, 8)}`;
const drop = (at: string): SshdLine => ({
  at,
  message: "drop connection #0 from [192.0.2.7]:45144 on [10.0.0.1]:22 penalty: failed authentication",
});

const judged = (
  values: Readonly<Record<string, string>>,
  drops: readonly SshdLine[] | undefined = [],
  clients: readonly string[] = ["192.0.2.7"],
) =>
  judgePenalties({
    effective: {
      kind: "known",
      sshd: "/usr/sbin/sshd",
      values: new Map(Object.entries(values).map(([k, v]) => [k, [v]])),
    },
    ...{ drops, clients: new Set(clients), now: NOW },
  });

const SET = { persourcepenalties: VALUE, persourcepenaltyexemptlist: "none" };

describe("penalties by address", () => {
  test("are reported with their effect", () => {
    expect(judged(SET)).toMatchObject({
      status: "ok",
      message: "after 4 failed logins in a row an address is rejected, 5 s for each, 600 s at most; exempt: none",
    });
  });

  test.each([
    { title: "as the journal tells the time", at: "2030-01-02T03:00:00.000Z" },
    { title: "as an old syslog does", at: LOCAL },
  ])("are a warning if one recently dropped a connection, $title", ({ at }) => {
    const found = judged(SET, [drop("2030-01-01T03:00:00.000Z"), drop(at)]);
    expect(found).toMatchObject({ status: "warning", facts: { dropped: 1 } });
    expect(found.message).toMatch(
      /^1 dropped in the last hour from addresses with logins, .* from 192\.0\.2\.7 \(penalty: failed authentication\)/,
    );
    expect(found.hint).toMatch(/IdentitiesOnly=yes.*PerSourcePenaltyExemptList 192\.0\.2\.7/);
  });

  test("of unknown addresses are reported, but are not a warning: a host on the internet always has them", () => {
    const strangers = [drop("2030-01-02T03:00:00.000Z"), drop("2030-01-02T03:01:00.000Z")];
    expect(judged(SET, strangers, ["192.0.2.8"])).toMatchObject({
      status: "ok",
      message: expect.stringMatching(
        /^2 dropped in the last hour from addresses without logins, the last at .*03:01:00/,
      ),
    });
  });

  test("of yesterday are not a current problem", () => {
    expect(judged(SET, [drop("2030-01-01T03:00:00.000Z")]).status).toBe("ok");
  });

  test("are not reported as absent if the log cannot be read", () => {
    expect(
      judgePenalties({
        ...{ effective: { kind: "known", sshd: "", values: new Map([["persourcepenalties", [VALUE]]]) } },
        ...{ drops: undefined, clients: new Set<string>() },
        now: NOW,
      }).message,
    ).toMatch(/is not known$/);
  });

  test("can be turned off, and do not exist before OpenSSH 9.8", () => {
    expect(judged({ persourcepenalties: "no" })).toMatchObject({ status: "ok", message: "PerSourcePenalties no" });
    expect(judged({}).status).toBe("not-applicable");
  });
});
