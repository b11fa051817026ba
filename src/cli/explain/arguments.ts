/** Parses the words of `explain` and `capture`: a fingerprint or a public key file, a time, a settings file. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { codeOf } from "../../errno.ts";
import { fingerprintOf, normalizeFingerprint, parseKeyLine } from "../../verify/ssh/authorized-key.ts";
import { CliError, UsageError } from "../errors.ts";

/** Maximum bytes of a key file; the longest public key has a few thousand. */
const KEY_FILE_LIMIT = 64 * 1024;

/**
 * Returns the fingerprint for `SHA256:…`, `MD5:…`, or the path of a public key file.
 * @throws UsageError for any other text; CliError if a file cannot be read or does not contain exactly one public key
 */
export function fingerprintIn(text: string | undefined): string | undefined {
  const known = normalizeFingerprint(text);
  if (text === undefined || known !== undefined) return known;
  const content = readKeyFile(text);
  if (content === undefined) {
    throw new UsageError(`${text}: neither a fingerprint (SHA256:… or MD5:…) nor a public key file`);
  }
  if (content.includes("PRIVATE KEY")) throw new CliError(`${text} is a private key`, "name the .pub file next to it");
  const lines = content.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const [line = ""] = lines;
  const key = lines.length === 1 ? parseKeyLine(line) : undefined;
  if (key?.kind === "key") return fingerprintOf(key.blob);
  throw new CliError(`${text} does not contain exactly one public key`, "name a .pub file as ssh-keygen writes it");
}

/** Reads a key file; returns undefined if there is no such file. */
function readKeyFile(path: string): string | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (!fstatSync(fd).isFile()) throw new CliError(`${path} is not a regular file`, "name a public key file");
    const bytes = Buffer.alloc(KEY_FILE_LIMIT);
    return bytes.toString("latin1", 0, readSync(fd, bytes));
  } catch (error) {
    if (error instanceof CliError) throw error;
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENAMETOOLONG") return undefined;
    throw new CliError(`cannot read ${path} (${code})`, "name a public key file");
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * Parses an RFC 3339 time. The offset is required: without it, the text means a different moment on each machine. @throws
 * UsageError
 */
export function momentIn(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const form = /^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$/;
  const date = form.test(text) ? new Date(text.replace(" ", "T").toUpperCase()) : undefined;
  if (date === undefined || Number.isNaN(date.getTime())) {
    throw new UsageError(`${text} is not a time with an offset, such as 2026-01-31T12:00:00Z`);
  }
  return date;
}

/** Returns the absolute path, which does not depend on the working directory. */
export const absolute = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : resolve(path);
