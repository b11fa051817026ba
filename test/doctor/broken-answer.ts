/** Hosts on which the service does not answer, or its answer shows a problem. */
import type { Status } from "../../src/service/telemetry/status.ts";
import { PROGRAMS } from "../support/namespace.ts";
import { callBytes, exchangeBytes } from "../support/service.ts";
import { type Broken, warning } from "./expected.ts";
import type { Host } from "./healthy-host.ts";
import { anotherListener, at, back, INSTEAD, message } from "./service-parts.ts";
import { SERVICE_SOCKET } from "./warm-service.ts";

/** Returns the service's PID inside the namespace, as the service reports it. */
async function servicePid({ namespace }: Host): Promise<number> {
  const { stdout } = await namespace.mustRun([`${PROGRAMS}/eic-agent.cjs`, "status", "--json"]);
  return (JSON.parse(stdout) as Status).pid;
}

const signal = ({ namespace }: Host, name: string, pid: number) =>
  namespace.mustRun(["sh", "-c", `kill -${name} ${pid}`]);

/** PID of the stopped service, for SIGCONT. */
let stopped = 0;

/** Status in the format of docs/service.md, from another version of the program. */
const OLD = JSON.stringify({
  ...{ format: "eic-agent status", version: 1, program: { version: "0.0.1", node: "24.0.0" }, pid: 1, uptime: 61 },
  calls: { total: 200, inProgress: 0, waiting: 0, rejected: 0 },
  ...{
    answers: { keys: 190, busy: 9, bug: 1 },
    trial: {},
    refusals: {},
    faults: {},
    documents: {},
    signers: {},
    invalidations: {},
  },
  milliseconds: { count: 200, sum: 400, p50: 2, p99: 3, buckets: [] },
  ...{ metadataRequests: {}, records: { written: 190, lost: 4 }, signer: null, cached: { documents: 0 } },
  memory: { rss: 1, heapUsed: 1 },
});
function framed(text: string): Buffer {
  const head = Buffer.from("EIS\x01\0\0\0\0\0\0\0\0", "latin1");
  head.writeUInt32BE(Buffer.byteLength(text), 8);
  return Buffer.concat([head, Buffer.from(text)]);
}

export const BROKEN_ANSWERS: readonly Broken[] = [
  {
    title: "a socket that is left over",
    break: (host) => anotherListener(host, undefined),
    mend: back,
    told: { service: warning(message(/nothing listens on its socket/, INSTEAD), /restart eic-agent\.socket/) },
  },
  {
    title: "a service that does not answer",
    break: async (host) => {
      stopped = await servicePid(host);
      await signal(host, "STOP", stopped);
    },
    mend: (host) => signal(host, "CONT", stopped),
    told: {
      service: warning(message(/does not answer \(no answer within \d+ ms\)/, INSTEAD), /journalctl -u eic-agent/),
    },
  },
  {
    title: "a service with another answer",
    break: (host) => anotherListener(host, framed('{"format":"other"}')),
    mend: back,
    told: { service: warning(/does not answer \(this is not a status\)/) },
  },
  {
    title: "a service of another version, with a bug, lost records and a flood",
    break: (host) => anotherListener(host, framed(OLD)),
    mend: back,
    told: {
      service: warning(
        /process 1 is still eic-agent "0\.0\.1", this is .*; 1 call ended in a bug; 4 records could not be written; 9 of 200 calls had to be repeated/,
        /systemctl stop eic-agent\.service.*journald.*MaxStartups/,
      ),
    },
  },
  {
    title: "a service that ended calls with a Fault",
    break: async (host) => {
      await host.simulator.tell("fault", { fault: "500", path: "keys" });
      await exchangeBytes(at(host, SERVICE_SOCKET), callBytes("alice"));
      await host.simulator.tell("clear", {});
    },
    mend: async (host) => signal(host, "KILL", await servicePid(host)),
    told: { service: warning(/1 of 1 call ended with a Fault \(1 METADATA_STATUS\)/, /journalctl -t eic-agent/) },
  },
];
