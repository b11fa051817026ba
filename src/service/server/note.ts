/**
 * The note of a one-shot program: after its answer it reports to the service, on the service's socket, that it has answered
 * a call which the service did not. Four bytes and one, which do not name a user; no reply. docs/relay.md has the format.
 * The one-shot program loads this module, so it imports nothing of the service.
 */
import { SOCKET_PATH } from "../../host/installed-paths.ts";
import { COMPARISONS, type Comparison } from "../../trial/comparison.ts";

/** Three letters and the version. */
export const NOTE = [0x45, 0x49, 0x4e, 1] as const;

/** How such a call ended; the byte is the index in this list. `failed`: exit status 1. */
export const NOTED_ENDINGS = ["keys", "without-keys", "failed"] as const;
export type NotedEnding = (typeof NOTED_ENDINGS)[number];

/** The byte for the first result of a trial; the others follow in the order of COMPARISONS. */
export const NOTED_TRIALS = 16;

/**
 * Milliseconds kept back from the call's time. A unix socket needs none of them: connect(2) gets a place in the queue or
 * fails at once, and five bytes fit. This limit is for cases that no test has seen.
 */
export const NOTE_MS = 50;

/**
 * Sends the note. Resolves when the kernel has taken it, or has not: no socket, no permission, a full queue. No answer
 * depends on it.
 * @param left milliseconds left of the call; without any, no note is sent
 */
export function leaveNote(ending: NotedEnding | Comparison, left: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (left < 1) return Promise.resolve();
  try {
    // Loaded here: a Node module that is imported at the top would be loaded in each call, and a snapshot could not hold it.
    const socket = process.getBuiltinModule("node:net").connect(SOCKET_PATH);
    const late = setTimeout(resolve, Math.min(NOTE_MS, left));
    socket.on("error", () => resolve());
    socket.end(Buffer.from([...NOTE, codeOfNote(ending)]), resolve);
    return promise.finally(() => clearTimeout(late));
  } catch {
    // No descriptor or no memory: the answer has been given anyway.
    return Promise.resolve();
  }
}

function codeOfNote(ending: NotedEnding | Comparison): number {
  const trial = (COMPARISONS as readonly string[]).indexOf(ending);
  return trial === -1 ? (NOTED_ENDINGS as readonly string[]).indexOf(ending) : NOTED_TRIALS + trial;
}
