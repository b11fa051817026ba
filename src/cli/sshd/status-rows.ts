/** `sshd status`: one line for each fact as text, one object for programs, in the form that docs/sshd.md documents. Pure. */

import { agentOf } from "../../sshd/inspect/command-owner.ts";
import { describeSource, type Source } from "../../sshd/inspect/config-walk.ts";
import { processIn, type SshdProcess } from "../../sshd/inspect/sshd-process.ts";
import { deaf } from "../../sshd/inspect/unwired.ts";
import { isKeptOut } from "../../sshd/wiring/decide.ts";
import type { OwnLine } from "../../sshd/wiring/scope.ts";
import { type InForce, isKnown } from "../../sshd/wiring/verify.ts";
import { isClosed, isInForce, isInTrial, type Status } from "../../sshd/wiring/wiring-status.ts";
import { quoted } from "../../verify/verdict.ts";
import type { TextStyle } from "../text.ts";
import { listeningJson, listeningRows, sshdWords } from "./listening-text.ts";
import { keptRow } from "./outcomes.ts";
import { describeRefusal } from "./refusals.ts";
import { printRows, type Row } from "./rows.ts";
import { behindJson, behindRows } from "./service-rows.ts";
import { sessionJson, sessionRows } from "./session-text.ts";
import { trialRows } from "./trial-rows.ts";

export function statusText(status: Status, style: TextStyle): string {
  const { look, own, pieces, others, upToDate, command, heard } = status;
  const { answer, running, unit, main } = look;
  const yes = isInForce(status);
  const colour = isClosed(status) ? "yellow" : yes ? "green" : "red";
  const rows: Row[] = [{ word: "in force", message: summary(status), colour }];
  if (isKnown(answer)) {
    rows.push(
      ...[answer.allUsers, ...answer.some].map((one) =>
        isKeptOut(one) ? keptRow(one) : { word: one.user ?? "all users", message: sentence(one) },
      ),
      ...own.map(ownRow),
    );
  } else rows.push({ word: "next", message: describeRefusal({ why: "not-asked", unknown: answer }).next.join("; ") });
  rows.push({
    word: "running",
    message: runningWords(running, upToDate),
    colour: upToDate === false ? "yellow" : undefined,
  });
  if (command !== undefined) rows.push({ word: "next", message: command, whole: true });
  rows.push(...listeningRows(heard, main));
  rows.push(...behindRows(status.behind, commandOf(status)), ...sessionRows(status.session));
  if (unit !== undefined) rows.push({ word: "started by", message: `${unit.file}:${unit.line}` });
  if (pieces.length > 0) rows.push({ word: "written", message: `by eic-agent: ${pieces.join(", ")}` });
  if (others.length > 0) rows.push({ word: "others", message: others.join(", ") });
  rows.push(...lostRows(status));
  if (isKnown(answer)) rows.push(...trialRows(answer.allUsers.command));
  if (status.scope === "none" && !isInTrial(status) && own.length === 0 && status.lost === undefined && !isDown(status))
    rows.push({ word: "next", message: "sudo eic-agent sshd enable --dry-run" });
  return printRows(rows, style);
}

const isDown = ({ look: { running } }: Status): boolean => running.kind === "idle" && running.down !== undefined;

function summary(status: Status): string {
  const { look, scope, own, upToDate, heard } = status;
  const { answer } = look;
  if (!isKnown(answer)) return `not known: ${describeRefusal({ why: "not-asked", unknown: answer }).message}`;
  if (scope === "none") {
    const other = answer.some.find((one) => !one.ours && !isKeptOut(one));
    if (isInTrial(status)) return "no: a trial, in which another command decides";
    return answer.allUsers.ours && other !== undefined ? `not for ${other.user}` : "no";
  }
  if (isDown(status)) return "in no sshd: none runs";
  if (upToDate === false) return "not in the running sshd: it has not read its files since";
  const [first] = deaf(heard);
  if (first !== undefined) return `not in the listening sshd: ${sshdWords(first)}`;
  if (scope === "all") return "yes, eic-agent's command";
  return `for some users, by ${own.length === 1 ? "a Match block" : "Match blocks"}, set by an administrator: eic-agent's command`;
}

/**
 * Returns eic-agent's command if it is for some users only, else the command in force for all users; undefined: none, or not
 * known.
 */
function commandOf({ look: { answer }, own, scope }: Status): string | undefined {
  if (scope === "some") return own[0]?.line.value;
  return isKnown(answer) ? answer.allUsers.command : undefined;
}

function ownRow({ line, tried }: OwnLine): Row {
  const has = tried?.ours ? "it" : "another command, or none, by an earlier line";
  const seen = tried === undefined ? "" : `; for ${tried.user} sshd has ${has}`;
  const message = `${quoted(line.value)} by ${describeSource({ kind: "file", ...line })}${seen}`;
  return { word: "some", message, colour: tried?.ours === false ? "yellow" : undefined };
}

/** Reports that the block written by `--edit-main` is gone, and how to restore it. */
function lostRows({ lost }: Status): Row[] {
  if (lost === undefined) return [];
  const message = `eic-agent's block in ${lost.main} is gone: that file has been restored since (see ${lost.evidence})`;
  const again = lost.flags && `sudo eic-agent sshd enable ${lost.flags.join(" ")}`;
  return [
    { word: "lost", message, colour: "red" },
    again === undefined
      ? { word: "next", message: "sudo eic-agent sshd enable --dry-run shows what prevents it" }
      : { word: "next", message: again, whole: true },
    { word: "next", message: "or, if it is to stay so: sudo eic-agent sshd disable" },
  ];
}

function sentence({ command, commandUser, source }: InForce): string {
  const by = source === undefined ? "" : `, by ${describeSource(source)}`;
  if (command === undefined) return `no command${by}`;
  return `${quoted(command)} of ${agentOf(command)?.owner ?? "another program"}, as ${commandUser ?? "no user"}${by}`;
}

function runningWords(running: SshdProcess, upToDate: boolean | undefined): string {
  const read =
    upToDate === undefined
      ? "when it last read its files is not known"
      : upToDate
        ? "has read its files since they were changed"
        : "has not read its files since they were changed, or was started with other options";
  switch (running.kind) {
    case "no-system":
      return "no sshd is visible";
    case "idle":
      if (running.down !== undefined)
        return `NO SSHD: ${running.down.unit} is enabled and ${running.down.state}, and no login is possible; systemctl start ${running.down.unit}`;
      return running.socket === undefined ? "no sshd" : `no sshd; ${running.socket} starts it at the next connection`;
    case "per-connection":
      return `one for each connection, by ${running.socket}: each reads the files again`;
    case "service": {
      const socket = running.socket === undefined ? "" : ` behind ${running.socket}`;
      return `${running.unit}${socket}, process ${running.process.pid}: ${read}`;
    }
    case "process":
      return `process ${running.process.pid}, no service of systemd: ${read}`;
    case "unknown":
      return `systemd does not report: ${running.message}`;
    default:
      return running satisfies never;
  }
}

/** Version of the JSON form. Fields may be added; none is renamed or removed. */
const FORMAT = 1;

export function statusJson(status: Status, { version, now }: { version: string; now: () => Date }): string {
  const { look, own, scope, pieces, closed, others, upToDate, command, heard, lost, behind, session } = status;
  const { answer, running, unit, main } = look;
  const found = processIn(running);
  const shown = isKnown(answer) ? [answer.allUsers, ...answer.some].map(jsonOf) : null;
  const object = {
    format: FORMAT,
    version,
    at: now().toISOString(),
    inForce: isInForce(status),
    trial: isInTrial(status) ?? null,
    scope,
    users: shown,
    match: own.map(({ line, tried }) => ({
      file: line.file,
      line: line.line,
      match: line.match,
      command: line.value,
      user: tried?.user ?? null,
      inForce: tried?.ours ?? null,
    })),
    unknown: isKnown(answer) ? null : { why: answer.why, message: answer.message },
    running: {
      mode: running.kind,
      unit: running.kind === "service" ? running.unit : null,
      socket: socketOf(running) ?? null,
      pid: found?.pid ?? null,
      readAt: found?.readAt?.toISOString() ?? null,
      upToDate: upToDate ?? null,
    },
    next: command ?? null,
    main,
    unit: unit === undefined ? null : { name: unit.unit, file: unit.file, line: unit.line },
    listening: listeningJson(heard),
    service: behindJson(behind, commandOf(status)),
    session: sessionJson(session),
    managedFiles: pieces,
    unreadable: closed ?? null,
    lostBlock: lost === undefined ? null : { main: lost.main, evidence: lost.evidence, flags: lost.flags ?? null },
    otherFiles: others,
  };
  return `${JSON.stringify(object, undefined, 2)}\n`;
}

const socketOf = (running: SshdProcess): string | undefined =>
  running.kind === "idle" || running.kind === "per-connection" || running.kind === "service"
    ? running.socket
    : undefined;

const jsonOf = ({ user, command, commandUser, ours, source }: InForce) => ({
  user: user ?? null,
  command: command ?? null,
  commandUser: commandUser ?? null,
  inForce: ours,
  owner: command === undefined ? null : (agentOf(command)?.owner ?? null),
  source: sourceOf(source),
});

function sourceOf(source: Source | undefined) {
  if (source === undefined) return null;
  if (source.kind === "command-line") return { file: null, line: null, match: [] };
  return { file: source.file, line: source.line, match: source.match };
}
