/**
 * The note of a one-shot program: after its answer it tells the service, on the service's socket, that it has answered a
 * call which the service did not. Four bytes and one, which name nobody; no reply. docs/relay.md has the format.
 * The one-shot program loads this, so nothing of the service's own is imported here.
 */
export const SOCKET_PATH = "/run/eic-agent/authorized-keys.sock";

/** Three letters and the version. */
export const NOTE = [0x45, 0x49, 0x4e, 1] as const;

/** How such a call ended; its place in this list is the byte. `failed`: exit status 1. */
export const NOTED_ENDINGS = ["keys", "without-keys", "failed"] as const;
export type NotedEnding = (typeof NOTED_ENDINGS)[number];

/**
 * Milliseconds, kept back from the call's time. A unix socket needs none of them: connect(2) takes its place in the queue
 * or fails at once, and five bytes fit. It bounds what no test has seen.
 */
export const NOTE_MS = 50;

/**
 * Resolves when the kernel has taken the note, or has not: no socket, no right, a full queue. Nothing depends on it.
 * @param left milliseconds of the call; without any, no note
 */
export function leaveNote(ending: NotedEnding, left: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (left < 1) return Promise.resolve();
  try {
    // Loaded here: a module of Node's at the top would be loaded in each call, and a snapshot could not hold it.
    const socket = process.getBuiltinModule("node:net").connect(SOCKET_PATH);
    const late = setTimeout(resolve, Math.min(NOTE_MS, left));
    socket.on("error", () => resolve());
    socket.end(Buffer.from([...NOTE, NOTED_ENDINGS.indexOf(ending)]), resolve);
    return promise.finally(() => clearTimeout(late));
  } catch {
    // No descriptor, no memory: the answer has been given all the same.
    return Promise.resolve();
  }
}
