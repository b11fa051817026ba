/**
 * All output of the command line: one line per event, fixed columns, colour only on a terminal and without NO_COLOR. Text
 * from outside is shown in printable ASCII: a path must not move a cursor.
 */

import type { CallRecord } from "../api/record.ts";
import { type FaultRule, timingOf } from "../faults.ts";
import type { Pushed } from "../imds/key-store.ts";
import type { RequestRecord } from "../simulator.ts";
import type { Status } from "./actions.ts";

export interface Screen {
  line(text?: string): void;
  /** Returns the text in a colour, where colours are shown. */
  paint(colour: Colour, text: string): string;
  /** A heading over indented lines. */
  section(title: string, ...lines: string[]): void;
  request(record: RequestRecord): void;
  pushed(pushed: Pushed): void;
  call(record: CallRecord): void;
  /** A line that sshd logs. */
  sshd(text: string): void;
  status(status: Status): void;
}

type Colour = keyof typeof COLOURS;
const COLOURS = { bold: 1, red: 31, green: 32, yellow: 33, cyan: 36, grey: 90 };

export function screen(out: NodeJS.WriteStream, environment: { readonly NO_COLOR?: string | undefined }): Screen {
  const coloured = out.isTTY && !environment.NO_COLOR;
  const paint = (colour: Colour, text: string) => (coloured ? `\x1b[${COLOURS[colour]}m${text}\x1b[0m` : text);
  const line = (text = "") => void out.write(`${text}\n`);
  const section = (title: string, ...lines: string[]) => {
    line(paint("bold", title));
    for (const one of lines) line(`  ${one}`);
  };
  return {
    line,
    paint,
    section,
    request({ at, method, path, status, fault }) {
      const colour: Colour = status === 200 ? "green" : status === 404 ? "grey" : "red";
      const shown = status === 0 ? "---" : String(status);
      const note = fault === undefined ? "" : paint("yellow", `  fault: ${fault}`);
      line(`${time(at)}  ${paint(colour, shown)}  ${method.padEnd(4)} ${printable(path)}${note}`);
    },
    pushed({ at, user, fingerprint, requestId, expires }) {
      const until = `until ${time(expires)}`;
      line(`${time(at)}  ${paint("cyan", "key")}  ${printable(user)}  ${fingerprint}  ${until}  request ${requestId}`);
    },
    call({ eventTime, httpStatus, eventName, userIdentity, errorCode, errorMessage, fault }) {
      const shown = httpStatus === 0 ? "---" : String(httpStatus);
      const who = userIdentity === null ? "" : `  ${printable(userIdentity.arn)}`;
      const why = errorCode === undefined ? "" : `  ${errorCode}: ${printable(errorMessage ?? "")}`;
      const colour: Colour = errorCode === undefined && fault === undefined ? "green" : "red";
      const when = fault?.when === undefined ? "" : `, ${fault.when} the push`;
      const note = fault === undefined ? "" : paint("yellow", `  fault: ${fault.name}${when}`);
      const what = `${printable(eventName ?? "-")}${who}${why}${note}`;
      line(`${time(new Date(eventTime))}  ${paint(colour, shown)}  API  ${what}`);
    },
    sshd(text) {
      line(`${time(new Date())}  ${paint("grey", "sshd")} ${printable(text.trim())}`);
    },
    status(status) {
      section(
        "simulator",
        `metadata  ${status.endpoints.join(" ")}`,
        `API       ${status.apiEndpoint}`,
        `${status.instanceId}, ${status.now}, ${status.requests} requests, ${status.calls} calls`,
      );
      section("instances", ...status.instances.map(condition));
      section("principals", ...status.principals.map(({ arn, accessKeyId }) => `${printable(arn)}  ${accessKeyId}`));
      section("live keys", ...orNone(status.keys.map((key) => `${printable(key.user)}  ${lifeOf(key, status)}`)));
      section("serial port 0", ...orNone(status.serialKeys.map((key) => lifeOf(key, status))));
      section("faults", ...orNone(status.faults.map(ruleLine)));
      section("revoked", ...orNone(status.revoked));
    },
  };
}

function condition({
  id,
  availabilityZone,
  type,
  state,
  available,
  serialConsole,
}: Status["instances"][number]): string {
  return `${id}  ${availabilityZone}  ${type}  ${state}${available ? "" : ", unavailable"}  serial console ${serialConsole}`;
}

/** Describes a live key; names its instance only if there are several. */
function lifeOf({ instanceId, fingerprint, secondsLeft }: Status["serialKeys"][number], { instances }: Status): string {
  return `${fingerprint}  ${secondsLeft} s left${instances.length > 1 ? `  ${instanceId}` : ""}`;
}

/** Describes a rule; says whether the push is taken, if the question arises. */
function ruleLine(rule: FaultRule): string {
  const { fault, path, times } = rule;
  const when = timingOf(rule);
  return `${fault}  ${path}  ${times ?? "always"}${when === undefined ? "" : `  ${when} the push`}`;
}

const orNone = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? ["none"] : lines);

/** Returns "12:34:56" in UTC, as in the documents. */
const time = (date: Date): string => date.toISOString().slice(11, 19);

/** Returns printable ASCII unchanged, everything else as \x or \u and its number. */
const printable = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (c) => {
    const hex = c.charCodeAt(0).toString(16);
    return hex.length > 2 ? `\\u${hex.padStart(4, "0")}` : `\\x${hex.padStart(2, "0")}`;
  });
