/** The built service, started directly on a socket of the test, and a client for its protocol. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Status } from "../../src/service/telemetry/status.ts";
import { command } from "./agent.ts";

export interface Answered {
  /** The status in the answer; undefined if there was no answer. */
  readonly status: number | undefined;
  readonly lines: string;
}

export interface RunningService {
  readonly socket: string;
  readonly child: ChildProcess;
  /** Standard output so far, in lines. */
  readonly said: string[];
  readonly stderr: () => string;
  /** Makes one call. */
  ask(user: string, fingerprint?: string): Promise<Answered>;
  status(): Promise<Status>;
  /** Resolves to the exit status or the signal. */
  ended: Promise<number | NodeJS.Signals>;
}

/** Encodes a request as docs/relay.md specifies it, independently of the code in src. */
export function callBytes(user: string, fingerprint?: string): Buffer {
  const name = Buffer.from(user);
  const key = Buffer.from(fingerprint ?? "");
  const head = Buffer.from([0x45, 0x49, 0x43, 0x01, 0, 0, 0, 0]);
  head.writeUInt16BE(name.length, 4);
  head.writeUInt16BE(fingerprint === undefined ? 0xffff : key.length, 6);
  return Buffer.concat([head, name, key]);
}

/** Encodes the report of a trial as docs/relay.md specifies it. */
export function trialBytes(user: string, fingerprint: string | undefined, report: Buffer): Buffer {
  const call = callBytes(user, fingerprint);
  call.write("T", 2);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(report.length);
  return Buffer.concat([call, length, report]);
}

/** Returns all data received until the peer closed the connection. */
export async function heard(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on("data", (part: Buffer) => parts.push(part));
  socket.on("error", () => undefined);
  await new Promise((closed) => socket.once("close", closed));
  return Buffer.concat(parts);
}

export async function exchangeBytes(path: string, bytes: Buffer): Promise<Buffer> {
  const socket = connect(path);
  const all = heard(socket);
  socket.write(bytes);
  return all;
}

export async function askAt(path: string, user: string, fingerprint?: string): Promise<Answered> {
  return readAnswer(await exchangeBytes(path, callBytes(user, fingerprint)));
}

export async function statusAt(path: string): Promise<Status> {
  const bytes = await exchangeBytes(path, Buffer.from("EIS\x01", "latin1"));
  return JSON.parse(bytes.toString("utf8", 12)) as Status;
}

export function readAnswer(bytes: Buffer): Answered {
  if (bytes.length === 0) return { status: undefined, lines: "" };
  if (bytes.toString("latin1", 0, 4) !== "EIC\x01" || bytes.readUIntBE(5, 3) !== 0) throw new Error("no answer");
  if (bytes.length !== 12 + bytes.readUInt32BE(8)) throw new Error("not a whole answer");
  return { status: bytes[4], lines: bytes.toString("latin1", 12) };
}

/** Starts the service and waits until it listens. It ends with the test. */
export async function startService(config: string, ...more: string[]): Promise<RunningService> {
  // Not os.tmpdir(): the path of a unix socket must stay below 108 bytes.
  const folder = mkdtempSync("/tmp/eic-serve-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return serviceAt(join(folder, "s"), config, ...more);
}

export const serviceAt = (socket: string, config: string, ...more: string[]): Promise<RunningService> =>
  serviceBy([...command("serve", "--socket", socket, "--config", config), ...more], socket);

/** @param words command line of the service, with any prefix that a test needs */
export async function serviceBy([program = "", ...words]: readonly string[], socket: string): Promise<RunningService> {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env.PATH } });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said: string[] = [];
  let rest = "";
  let complained = "";
  const ready = Promise.withResolvers<void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    said.push(...lines);
    if (lines.some((line) => line.startsWith("service-ready"))) ready.resolve();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complained += text;
  });
  const ended = once(child, "close").then(([status, signal]) => status ?? signal);
  ended.then(() => ready.reject(new Error(`the service ended: ${complained}`)));
  await ready.promise;
  return {
    ...{ socket, child, said, ended, stderr: () => complained },
    ask: (user, fingerprint) => askAt(socket, user, fingerprint),
    status: () => statusAt(socket),
  };
}
