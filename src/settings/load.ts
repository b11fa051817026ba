/** Reads the settings file, if there is one. */
import { readRequiredFile, readTrustedFile } from "../host/trusted-files.ts";
import { DEFAULTS, type Settings } from "./defaults.ts";
import { SETTINGS_LIMIT, SETTINGS_PATH } from "./limits.ts";

/**
 * Reads the settings file. The parser is loaded only if there is a file.
 * @param named the file of --config; undefined for the default file, which alone may be absent
 * @throws Fault FILE_UNREADABLE, FILE_UNTRUSTED, SETTINGS_INVALID: unreadable settings must not grant access
 */
export async function loadSettings(named: string | undefined): Promise<Settings> {
  const file = { path: named ?? SETTINGS_PATH, allowOwnFiles: named !== undefined, limit: SETTINGS_LIMIT };
  const text = named === undefined ? readTrustedFile(file) : readRequiredFile(file);
  if (text === undefined) return DEFAULTS;
  return (await import("./parse.ts")).parseSettings(text, file.path);
}
