/** A capture's file, from its name to an explanation; whatever is wrong with it in words. */
import { type Asking, explainCapture } from "../../explain/ask.ts";
import { type Capture, NoCapture, parseCapture } from "../../explain/capture.ts";
import type { Explanation } from "../../explain/explanation.ts";
import { readKept } from "../../explain/keep.ts";
import { CaptureGap } from "../../explain/replay.ts";
import { codeOf, Problem, Usage } from "../problem.ts";
import { safe } from "../text.ts";

/** @param user as typed; undefined where the capture is to say it */
export async function explainKept(file: string, user: string | undefined, asking: Asking): Promise<Explanation> {
  const capture = read(file);
  if (user !== undefined && user !== capture.user) {
    throw new Usage(`${file} is about the user ${safe(capture.user)}, not ${safe(user)}`);
  }
  const { fingerprint } = asking.request;
  if (capture.redacted && fingerprint !== undefined) {
    throw new Usage(`${file} is redacted: its verdicts are on every key, leave the fingerprint out`);
  }
  try {
    return await explainCapture({ ...asking, capture, file, fingerprint });
  } catch (error) {
    if (!(error instanceof CaptureGap)) throw error;
    throw new Problem(`${file}: ${safe(error.message)}`, "capture the call again", { cause: error });
  }
}

function read(file: string): Capture {
  const unreadable = (what: string, next: string, cause: unknown) =>
    new Problem(`${file}: ${safe(what)}`, next, { cause });
  try {
    return parseCapture(readKept(file));
  } catch (error) {
    const next = "name a file that eic-agent capture wrote";
    if (error instanceof NoCapture) throw unreadable(`no capture: ${error.message}`, next, error);
    const { code } = error as NodeJS.ErrnoException;
    throw unreadable(
      `cannot be read: ${code ?? (error instanceof Error ? error.message : codeOf(error))}`,
      next,
      error,
    );
  }
}
