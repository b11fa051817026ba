/**
 * A service that answers as a test defines. It runs in the test's own process, on a socket that is made as in production:
 * root binds it, as systemd does, and the service's user calls listen(2) on it again, as Node does.
 */
import { chmodSync, chownSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";

/** User and group id under which sshd runs the relay: an unprivileged user, of the group that may ask. */
export const AGENT_ID = 64_000;
/** User id of the service. Usually it is the same as the relay's; the difference has no effect. */
export const SERVICE_ID = 64_001;

/** Values from docs/relay.md. */
const MAGIC = Buffer.from("EIC\x01", "latin1");
const TRIAL = Buffer.from("EIT\x01", "latin1");
const HEADER = 8;
const NONE = 0xffff;

export interface Asked {
  readonly user: string;
  /** Undefined if none was given. */
  readonly fingerprint: string | undefined;
  /** The report of a trial, Latin-1. */
  readonly report?: string;
}

export interface Service {
  /** Complete requests, in the order of their arrival. */
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** Encodes an answer. @param length value of its length field */
export function answer(status: number, lines = "", length = Buffer.byteLength(lines, "latin1")): Buffer {
  const header = Buffer.alloc(12);
  MAGIC.copy(header);
  header[4] = status;
  header.writeUInt32BE(length, 8);
  return Buffer.concat([header, Buffer.from(lines, "latin1")]);
}

/** Answers a complete request; `nth` counts from 0. */
export type Say = (socket: Socket, asked: Asked, nth: number) => void;

export const end = (bytes: Buffer) => (socket: Socket) => void socket.end(bytes);

export interface Manner {
  /** User id of the socket's owner. */
  readonly owner?: number;
  /** Sends these bytes to connection `nth` (from 0), closes it and reads nothing: the connection is reset. */
  readonly unread?: (nth: number) => Buffer;
}

/** Starts a service that listens at `path`. */
export async function serve(path: string, say: Say, { owner = 0, unread }: Manner = {}): Promise<Service> {
  const asked: Asked[] = [];
  const open = new Set<Socket>();
  let connected = 0;
  const server = createServer({ pauseOnConnect: unread !== undefined }, (socket) => {
    open.add(socket.once("close", () => open.delete(socket)).on("error", () => {}));
    if (unread !== undefined) return void socket.end(unread(connected++), () => socket.destroy());
    let had = Buffer.alloc(0);
    socket.on("data", (bytes) => {
      had = Buffer.concat([had, bytes]);
      const request = read(had);
      if (request !== undefined) say(socket, request, asked.push(request) - 1);
    });
  });
  rmSync(path, { force: true });
  await new Promise<void>((listens, fails) => server.once("error", fails).listen(path, listens));
  listenAgain(server, SERVICE_ID);
  chownSync(path, owner, AGENT_ID);
  chmodSync(path, 0o660);
  return {
    asked,
    async close() {
      const closed = new Promise((done) => server.close(done));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Calls listen(2) again as another user: from then on SO_PEERCRED reports that user. Nothing else runs meanwhile. */
function listenAgain(server: Server, user: number): void {
  const { _handle: handle } = server as unknown as { _handle: { listen(backlog: number): number } };
  process.seteuid?.(user);
  const failed = handle.listen(511);
  process.seteuid?.(0);
  if (failed !== 0) throw new Error(`listen(2): ${failed}`);
}

/** Parses a complete request; undefined if bytes are missing. Bytes after its end violate the format and fail the test. */
function read(bytes: Buffer): Asked | undefined {
  if (bytes.length < HEADER) return undefined;
  const isTrial = bytes.subarray(0, 4).equals(TRIAL);
  if (!isTrial && !bytes.subarray(0, 4).equals(MAGIC)) throw new Error(`no request: ${bytes.toString("hex")}`);
  const user = bytes.readUInt16BE(4);
  const told = bytes.readUInt16BE(6);
  const callEnd = HEADER + user + (told === NONE ? 0 : told);
  if (isTrial && bytes.length < callEnd + 4) return undefined;
  const end = callEnd + (isTrial ? 4 + bytes.readUInt32BE(callEnd) : 0);
  if (bytes.length > end) throw new Error(`a request that goes on: ${bytes.toString("hex")}`);
  if (bytes.length < end) return undefined;
  const text = (from: number, to: number) => bytes.toString("latin1", from, to);
  const fingerprint = told === NONE ? undefined : text(HEADER + user, callEnd);
  const request = { user: text(HEADER, HEADER + user), fingerprint };
  return isTrial ? { ...request, report: text(callEnd + 4, end) } : request;
}
