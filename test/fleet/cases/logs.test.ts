/**
 * The files of packaging/examples/logs: a real rsyslog forwards the agent's records, and the queries are run on those records
 * and on the simulator's CloudTrail records, in SQLite.
 */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limit } from "../../../tools/slowness.ts";
import { type Machine, openMachine } from "../../install/machine.ts";
import { install, pushedKeyDoesNotOpen, pushedKeyOpens } from "../../install/operator.ts";
import { KIT } from "../../install/packages.ts";
import type { Output } from "../../support/namespace-output.ts";
import { describeWith } from "../../support/needs.ts";
import { COLLECTOR, startCollector } from "../collector.ts";
import { FLEET_12 } from "../releases.ts";
import { type CloudTrailRecord, queried, type Shipped } from "../sample-tables.ts";

const EXAMPLES = "packaging/examples/logs";
/** A line that ends the record and begins another one, for another host. */
const FORGED = '{"event":"key-refused"},"host":"other","x":{"event":"key-refused"}';

describeWith("fleet", "the records of eic-agent, shipped", () => {
  let machine: Machine;
  let collector: Output;
  /** The lines that the agent wrote, as the journal has them. */
  let written: Shipped[];
  let shipped: Shipped[];
  let trail: CloudTrailRecord[];

  const fromJournal = async (): Promise<Shipped[]> => {
    const lines = await machine.sh(
      "journalctl --sync; journalctl --quiet --unit=eic-agent.service --identifier=eic-agent --output=cat",
    );
    return lines
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Shipped);
  };

  beforeAll(async () => {
    machine = await openMachine({ release: FLEET_12, mode: "service" });
    machine.writeSettings('[audit]\nformat = "json"\n[policy]\ndeny_users = ["bob"]\n');
    await install(machine);
    collector = await startCollector(machine);
    const forward = readFileSync(`${EXAMPLES}/rsyslog.conf`, "utf8").replaceAll(
      "collector.example.com",
      COLLECTOR.name,
    );
    machine.tree.write("/etc/rsyslog.d/60-eic-agent.conf", forward);
    await machine.sh("rsyslogd -N1 && systemctl restart rsyslog.service");

    await pushedKeyOpens(machine, "alice");
    await pushedKeyDoesNotOpen(machine, "bob");
    await machine.sh(`logger -t eic-agent '${FORGED}'; logger -t eic-agent 'not an object'`);
    // A push that is never used; then a line that is the last to arrive.
    await machine.pushed("alice");
    await machine.sh(`logger -t eic-agent '{"event":"last","host":"other"}'`);
    await collector.line(/"event": *"last"/);

    written = (await fromJournal()).filter(({ event }) => event.startsWith("key-"));
    shipped = collector.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Shipped);
    trail = JSON.parse(await machine.sh(`${KIT}/node ${KIT}/eic-simulator.cjs calls --folder /run/eic --json`));
  }, limit(180));
  afterAll(() => machine?.close());

  test("arrive at the collector with every field, and with the name of their host", async () => {
    const host = await machine.sh("hostname");
    expect(written.map(({ event }) => event)).toEqual(expect.arrayContaining(["key-offered-to-sshd", "key-refused"]));
    expect(shipped.filter(({ event }) => event.startsWith("key-"))).toEqual(written.map((one) => ({ ...one, host })));
  });

  test("are not what another user's line says: one object, of this host, or nothing", async () => {
    const host = await machine.sh("hostname");
    expect(shipped.filter((one) => one.host !== host)).toEqual([]);
    expect(shipped.at(-1)).toEqual({ event: "last", host });
    expect(collector.lines.filter((line) => line.includes("other") || line.includes("not an object"))).toEqual([]);
  });

  test("are in a file of their own with the other configuration", async () => {
    machine.tree.write("/etc/rsyslog.d/60-eic-agent.conf", readFileSync(`${EXAMPLES}/rsyslog-file.conf`, "utf8"));
    await machine.sh("rsyslogd -N1 && systemctl restart rsyslog.service");
    const before = (await fromJournal()).length;
    await pushedKeyOpens(machine, "alice");
    const expected = (await fromJournal()).slice(before);
    // rsyslog writes what it has when it ends.
    await machine.sh("systemctl stop rsyslog.service syslog.socket");
    const lines = (await machine.sh("cat /var/log/eic-agent.json"))
      .split("\n")
      .map((line) => JSON.parse(line) as Shipped);
    const host = await machine.sh("hostname");
    expect(lines.filter(({ event }) => event.startsWith("key-"))).toEqual(
      expected.filter(({ event }) => event.startsWith("key-")).map((one) => ({ ...one, host })),
    );
    expect(lines.length).toBeGreaterThan(0);
    expect(await machine.sh("stat --format=%a:%G /var/log/eic-agent.json")).toBe("640:adm");
  });

  const answer = (name: string, records = shipped) =>
    queried(readFileSync(`${EXAMPLES}/athena/${name}`, "utf8"), records, trail);

  test("are joined with CloudTrail by each query", () => {
    const [offered] = written.filter(({ event }) => event === "key-offered-to-sshd");
    const [refused] = written.filter(({ event }) => event === "key-refused");
    const push = trail.find(({ requestID }) => requestID === offered?.request_id);
    const [login, ...more] = answer("logins-by-caller.sql");
    expect(more).toEqual([]);
    expect(login).toMatchObject({
      ...{
        os_user: "alice",
        caller: offered?.caller,
        fingerprint: offered?.fingerprint,
        request_id: offered?.request_id,
      },
      ...{ pushed_at: push?.eventTime, source_address: push?.sourceIPAddress, user_agent: push?.userAgent },
    });
    expect(answer("refused.sql")).toEqual([
      expect.objectContaining({ reason: "policy-user-denied", os_user: "bob", caller: refused?.caller, pushes: 1 }),
    ]);
    const used = new Set(written.map(({ request_id }) => request_id));
    expect(answer("pushes-without-record.sql").map(({ request_id }) => request_id)).toEqual(
      trail
        .filter(({ requestID, errorCode }) => (errorCode ?? null) === null && !used.has(requestID))
        .map((one) => one.requestID),
    );
    expect(answer("records-without-push.sql")).toEqual([]);
    expect(answer("caller-differs.sql")).toEqual([]);
  });

  test("are found by the queries if they were forged", () => {
    const [real] = shipped.filter(({ event }) => event === "key-offered-to-sshd");
    if (real === undefined) throw new Error("no record");
    const unknown = { ...real, request_id: "00000000-0000-4000-8000-000000000000" };
    expect(answer("records-without-push.sql", [...shipped, unknown])).toEqual([
      expect.objectContaining({ request_id: unknown.request_id, event: "key-offered-to-sshd" }),
    ]);
    const other = { ...real, caller: "arn:aws:iam::111122223333:user/other" };
    expect(answer("caller-differs.sql", [...shipped, other])).toEqual([
      expect.objectContaining({ recorded_caller: other.caller, trail_caller: real.caller }),
    ]);
  });

  test("are read by every query of the folder that is named here", () => {
    const named = ["caller-differs", "logins-by-caller", "pushes-without-record", "records-without-push", "refused"];
    expect(readdirSync(`${EXAMPLES}/athena`).sort()).toEqual([...named, "tables"].map((name) => `${name}.sql`).sort());
  });
});
