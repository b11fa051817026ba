/** Explains the call in a capture file, and reports every error in the file as text. */

import { codeOrMessage } from "../../errno.ts";
import { type Capture, InvalidCapture, parseCapture } from "../../explain/capture.ts";
import { readCaptureFile } from "../../explain/capture-file.ts";
import { type ExplainOptions, explainCapture } from "../../explain/explain.ts";
import type { Explanation } from "../../explain/explanation.ts";
import { IncompleteCapture } from "../../explain/replay.ts";
import { CliError, UsageError } from "../errors.ts";
import { safe } from "../text.ts";

/**
 * Explains the call in the capture file.
 * @param user as typed; undefined if the capture's user is meant
 */
export async function explainKept(
  file: string,
  user: string | undefined,
  asking: ExplainOptions,
): Promise<Explanation> {
  const capture = read(file);
  if (user !== undefined && user !== capture.user) {
    throw new UsageError(`${file} is about the user ${safe(capture.user)}, not ${safe(user)}`);
  }
  const { fingerprint } = asking.request;
  if (capture.redacted && fingerprint !== undefined) {
    throw new UsageError(`${file} is redacted: it has verdicts on all keys, so omit the fingerprint`);
  }
  try {
    return await explainCapture({ ...asking, capture, file, fingerprint });
  } catch (error) {
    if (!(error instanceof IncompleteCapture)) throw error;
    throw new CliError(`${file}: ${safe(error.message)}`, "capture the call again", { cause: error });
  }
}

function read(file: string): Capture {
  const unreadable = (what: string, next: string, cause: unknown) =>
    new CliError(`${file}: ${safe(what)}`, next, { cause });
  try {
    return parseCapture(readCaptureFile(file));
  } catch (error) {
    const next = "name a file that eic-agent capture wrote";
    if (error instanceof InvalidCapture) throw unreadable(`not a capture: ${error.message}`, next, error);
    throw unreadable(`cannot be read: ${codeOrMessage(error)}`, next, error);
  }
}
