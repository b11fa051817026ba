/** Handles one connection: one request within its limits, one answer, then close. `disconnected` reports an early disconnection. */
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { REQUEST_MS, WRITE_TIMEOUT_MS } from "../limits.ts";
import { type CallRequest, readRequest } from "./protocol.ts";

export interface Listener {
  /** Returns the bytes to send; undefined for none. `disconnected` is aborted when the client no longer waits. */
  answer(asked: CallRequest, disconnected: AbortSignal): Promise<Buffer | undefined>;
  /** Called when the connection is closed without an answer: an invalid request, or too late. */
  onRejected(): void;
  /** Called when the connection is over. */
  onClose(): void;
}

export function serveConnection(socket: Socket, clock: Clock, listener: Listener): void {
  const disconnected = new AbortController();
  let bytes: Buffer = Buffer.alloc(0);
  let asked: CallRequest | undefined;
  // Data that has arrived is read before the time-out takes effect: after a stall of the process, timers run before I/O.
  let due: NodeJS.Immediate | undefined;
  const timer = clock.after(REQUEST_MS, () => {
    due = setImmediate(() => close());
  });
  const inTime = () => {
    timer();
    clearImmediate(due);
  };

  const close = () => {
    if (asked === undefined) listener.onRejected();
    socket.destroy();
  };
  const answer = async (what: CallRequest) => {
    const frame = await listener.answer(what, disconnected.signal);
    if (frame === undefined || socket.destroyed) return socket.destroy();
    // Both sides close: the client accepts an answer only after it has seen its end.
    const notTaken = clock.after(WRITE_TIMEOUT_MS, () => socket.destroy());
    socket.once("close", notTaken);
    return socket.end(frame, () => socket.destroy());
  };

  socket.on("data", (part: Buffer) => {
    // Data after the first request is a protocol error.
    if (asked !== undefined) return close();
    bytes = bytes.length === 0 ? part : Buffer.concat([bytes, part]);
    const read = readRequest(bytes);
    if (read === "unfinished") return;
    if (read === "malformed") return close();
    asked = read;
    inTime();
    void answer(read);
  });
  socket.on("end", () => (asked === undefined ? close() : disconnected.abort()));
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    inTime();
    disconnected.abort();
    listener.onClose();
  });
}
