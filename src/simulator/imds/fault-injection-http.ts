/** Sends an answer, properly or with a fault. Handles HTTP on the wire, not the meaning of the answer. */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { type FaultRule, INJECTED_FAULTS, milliseconds } from "../faults.ts";
import { type HttpResponse, REASONS } from "../http.ts";

/** Bytes of each write of an endless body. The pause between writes keeps the use of processor time low. */
const CHUNK = Buffer.alloc(64 * 1024, "\n");
/** Milliseconds. */
const PAUSE = 5;

/** Sends `response` with `rule`'s fault. If the fault changes the status, `response` has the new status already. */
export async function send(out: ServerResponse, response: HttpResponse, rule?: FaultRule): Promise<void> {
  const { socket } = out;
  if (socket === null) return;
  const { body } = response;
  switch (rule?.fault) {
    case "hang":
      return;
    case "slow":
      await after(milliseconds(rule), undefined, { ref: false });
      return proper(out, response);
    case "drip":
      socket.write(head(response, { "content-length": String(body.length) }));
      return drip(socket, body, milliseconds(rule));
    case "drip-head":
      return drip(
        socket,
        Buffer.concat([head(response, { "content-length": String(body.length) }), body]),
        milliseconds(rule),
      );
    case "cut":
      return void socket.end(Buffer.concat([head(response, { "content-length": String(body.length + 64) }), body]));
    case "cut-chunked":
      return void socket.end(Buffer.concat([head(response, CHUNKED), chunk(body)]));
    case "reset":
      return void socket.resetAndDestroy();
    case "reset-body":
      return resetAfterHalf(socket, response);
    case "endless":
      return endless(socket, Buffer.concat([head(response, { connection: "close" }), body]), CHUNK);
    case "endless-chunked":
      return endless(socket, Buffer.concat([head(response, CHUNKED), chunk(body)]), chunk(CHUNK));
    case "oversized":
      return proper(out, { ...response, body: filled(body, rule.bytes ?? INJECTED_FAULTS.oversized.bytes) });
    case "chunked":
      out.writeHead(response.status, response.headers);
      out.write(body.subarray(0, body.length >> 1));
      return void out.end(body.subarray(body.length >> 1));
    case "lengthless":
      return void socket.end(Buffer.concat([head(response, { connection: "close" }), body]));
    case "close":
      return proper(out, { ...response, headers: { ...response.headers, connection: "close" } });
    case "empty":
      return proper(out, { ...response, body: Buffer.alloc(0) });
    case "garbage":
      return void socket.end("\x16\x03\x01 this is not HTTP\r\n\r\n");
    default:
      return proper(out, response);
  }
}

function proper(out: ServerResponse, { status, headers, body }: HttpResponse): void {
  out.writeHead(status, { ...headers, "content-length": body.length });
  out.end(body);
}

const CHUNKED = { "transfer-encoding": "chunked" };

const chunk = (body: Buffer): Buffer =>
  body.length === 0 ? body : Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]);

function head({ status, headers }: HttpResponse, more: Record<string, string>): Buffer {
  const lines = Object.entries({ ...headers, ...more }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 ${status} ${REASONS[status] ?? "Error"}\r\n${lines.join("")}\r\n`);
}

async function drip(socket: Socket, bytes: Buffer, ms: number): Promise<void> {
  for (const byte of bytes) {
    await after(ms, undefined, { ref: false });
    if (socket.destroyed) return;
    socket.write(Buffer.of(byte));
  }
  // Node's server did not register this answer, so the connection cannot be reused.
  socket.end();
}

async function endless(socket: Socket, begin: Buffer, more: Buffer): Promise<void> {
  socket.write(begin);
  while (!socket.destroyed) {
    await after(PAUSE, undefined, { ref: false });
    // If the client does not read, data must not accumulate here.
    if (socket.writableLength < CHUNK.length && socket.writable) socket.write(more);
  }
}

function resetAfterHalf(socket: Socket, response: HttpResponse): void {
  const { body } = response;
  const half = body.subarray(0, body.length >> 1);
  const begin = Buffer.concat([head(response, { "content-length": String(body.length) }), half]);
  socket.write(begin, () => socket.resetAndDestroy());
}

const filled = (body: Buffer, bytes: number): Buffer =>
  Buffer.concat([body, Buffer.alloc(Math.max(bytes - body.length, 0), "\n")]);
