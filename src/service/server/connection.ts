/** One connection: a request within its bounds, an answer, the end. Whoever goes in between is told to who works for him. */
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { REQUEST_MS, WRITE_TIMEOUT_MS } from "../limits.ts";
import { type CallRequest, MOST_REQUEST, readRequest } from "./protocol.ts";

export interface Listener {
  /** What to send; undefined for nothing. `gone` is aborted where nobody waits for it any more. */
  answer(asked: CallRequest, gone: AbortSignal): Promise<Buffer | undefined>;
  /** It is closed without an answer: nonsense, or too late. */
  onRejected(): void;
  /** The connection is over. */
  onClose(): void;
}

export function serveConnection(socket: Socket, clock: Clock, listener: Listener): void {
  const gone = new AbortController();
  let bytes: Buffer = Buffer.alloc(0);
  let asked: CallRequest | undefined;
  // What has come is read before the time is over: timers go first in a process that was kept from running.
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
    const frame = await listener.answer(what, gone.signal);
    if (frame === undefined || socket.destroyed) return socket.destroy();
    // Both sides close: an answer is whole when its end was seen.
    const notTaken = clock.after(WRITE_TIMEOUT_MS, () => socket.destroy());
    socket.once("close", notTaken);
    return socket.end(frame, () => socket.destroy());
  };

  socket.on("data", (part: Buffer) => {
    // Whoever says more than one request makes no sense.
    if (asked !== undefined || bytes.length + part.length > MOST_REQUEST) return close();
    bytes = bytes.length === 0 ? part : Buffer.concat([bytes, part]);
    const read = readRequest(bytes);
    if (read === "unfinished") return;
    if (read === "nonsense") return close();
    asked = read;
    inTime();
    void answer(read);
  });
  socket.on("end", () => (asked === undefined ? close() : gone.abort()));
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    inTime();
    gone.abort();
    listener.onClose();
  });
}
