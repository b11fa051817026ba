/**
 * Checks a settings file before it is put in place, and reports all problems at once, each with its line. The file itself is
 * checked by its text. Its ownership by root is checked only if it is in place: a tool that writes settings checks a
 * temporary copy, which does not have the final owner and mode yet.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { codeOf } from "../../errno.ts";
import { readRequiredFile, readTrustedFile } from "../../host/trusted-files.ts";
import type { Settings } from "../../settings/defaults.ts";
import { ANCHORS_LIMIT, SETTINGS_LIMIT, SETTINGS_PATH } from "../../settings/limits.ts";
import { lookUpAccount } from "../../sshd/inspect/accounts.ts";
import { lookUpPath, reachFlaw } from "../../sshd/inspect/safe-path.ts";
import { isSame } from "../../sshd/inspect/systemctl.ts";
import { FAULTS, Fault, type FaultCode } from "../../verify/errors.ts";
import { readAnchors } from "../../verify/x509/anchor.ts";
import { nearest } from "../suggest.ts";
import { nearestLineOf } from "./place.ts";

export interface SettingsProblem {
  readonly code: FaultCode;
  /** One-based; undefined if the problem belongs to no line. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly setting: string | undefined;
  readonly message: string;
}

export interface SettingsReport {
  readonly file: string;
  readonly problems: readonly SettingsProblem[];
  /** Parts that were not checked, and why. */
  readonly notes: readonly string[];
}

export interface Checking {
  readonly file: string;
  /** Whether the files that the settings name are read, too. */
  readonly files: boolean;
}

/** The account that the packages create and that sshd runs the command as. */
const READER = "eic-agent";

export async function checkSettings({ file, files }: Checking): Promise<SettingsReport> {
  const inPlace = file === SETTINGS_PATH || isSame(file, SETTINGS_PATH);
  const whose = inPlace
    ? []
    : [
        `owner and mode of ${file} were not checked: when installed, it must belong to root and be writable by root only`,
      ];
  let text: string | undefined;
  try {
    text = inPlace ? readTrustedFile({ path: file, allowOwnFiles: false, limit: SETTINGS_LIMIT }) : textOf(file);
  } catch (error) {
    return { file, problems: [problemOf(error)], notes: [] };
  }
  if (text === undefined) return { file, problems: [], notes: [`${file} does not exist: the defaults are in force`] };
  const { problems, settings } = await textProblems(text, file);
  if (settings === undefined) {
    return { file, problems, notes: [...whose, "files that it names were not read"] };
  }
  if (!files) return { file, problems, notes: [...whose, "files that it names were not read: --text-only"] };
  const named = await fileProblems(settings);
  const closed = inPlace ? await closedToReader(file) : [];
  return { file, problems: [...problems, ...closed, ...named], notes: whose };
}

/** Reads a regular file of any owner. */
function textOf(path: string): string {
  let fd: number | undefined;
  try {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Fault("FILE_UNREADABLE", `${path}: not a regular file`);
    if (stats.size > SETTINGS_LIMIT) throw new Fault("FILE_UNREADABLE", `${path}: larger than ${SETTINGS_LIMIT} bytes`);
    return readFileSync(fd, "utf8");
  } catch (error) {
    throw error instanceof Fault ? error : new Fault("FILE_UNREADABLE", `${path}: ${codeOf(error)}`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

async function textProblems(
  text: string,
  file: string,
): Promise<{ problems: SettingsProblem[]; settings: Settings | undefined }> {
  const { Shape, parseSettings, readToml, shapeFlaws } = await import("../../settings/parse.ts");
  const parse = (part: string) => readToml(part, file);
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    return { problems: [problemOf(error)], settings: undefined };
  }
  const flaws = shapeFlaws(value);
  if (flaws.length === 0) return { problems: [], settings: parseSettings(text, file) };
  const problems = flaws.map(({ setting, path, message, isUnknown, found }): SettingsProblem => {
    const line = nearestLineOf(text, path, parse);
    const near = isUnknown ? nearest(String(path.at(-1)), namesIn(Shape, path.slice(0, -1))) : undefined;
    const more = near === undefined ? foundAs(found) : `; did you mean ${near}?`;
    return { code: "SETTINGS_INVALID", line, column: undefined, setting, message: `${setting} ${message}${more}` };
  });
  return { problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)), settings: undefined };
}

/** Returns a value as written in TOML, if it is short. */
function foundAs(value: unknown): string {
  if (typeof value === "bigint" || typeof value === "number" || typeof value === "boolean") return ` (found ${value})`;
  return typeof value === "string" && value.length <= 60 ? ` (found ${JSON.stringify(value)})` : "";
}

/** Returns the known names in a table, by following valibot's nested schemas. */
function namesIn(shape: unknown, path: readonly (string | number)[]): string[] {
  let at = inner(shape);
  for (const part of path) at = inner(typeof part === "number" ? at?.item : at?.entries?.[part]);
  return Object.keys(at?.entries ?? {});
}

interface Schema {
  readonly wrapped?: unknown;
  readonly pipe?: readonly unknown[];
  readonly item?: unknown;
  readonly entries?: Readonly<Record<string, unknown>>;
}

/** Returns the schema without the `optional` wrapper. */
function inner(schema: unknown): Schema | undefined {
  const one = schema as Schema | undefined;
  return one?.wrapped === undefined ? one : inner(one.wrapped);
}

/** Checks the named files as a login reads them: only root may own them, because the settings must be root's. */
async function fileProblems({ anchors, extraAnchors, instance }: Settings): Promise<SettingsProblem[]> {
  const named = [
    { setting: "trust.anchors", path: anchors, read: anchorsIn },
    { setting: "trust.extra_anchors", path: extraAnchors, read: anchorsIn },
    { setting: "instance.dmi_path", path: instance.dmiPath, read: isThere },
    { setting: "instance.hypervisor_path", path: instance.hypervisorPath, read: isThere },
  ];
  const problems: SettingsProblem[] = [];
  for (const { setting, path, read } of named) {
    if (path === undefined) continue;
    try {
      read(path);
    } catch (error) {
      const { code, message } = problemOf(error);
      problems.push({ code, line: undefined, column: undefined, setting, message: `${setting}: ${message}` });
      continue;
    }
    problems.push(...(await closedToReader(path, setting)));
  }
  return problems;
}

const anchorsIn = (path: string) =>
  void readAnchors(readRequiredFile({ path, allowOwnFiles: false, limit: ANCHORS_LIMIT }), path);

/** Checks that a file of the kernel exists. Its content depends on the host, and the doctor checks it. */
function isThere(path: string): void {
  try {
    statSync(path);
  } catch (error) {
    throw new Fault("FILE_UNREADABLE", `${path}: ${codeOf(error)}`);
  }
}

/**
 * Checks that the reader can read a file. If the account does not exist yet, nothing is reported: the package creates it.
 */
async function closedToReader(path: string, setting?: string): Promise<SettingsProblem[]> {
  const reader = (await lookUpAccount(READER))?.found;
  const look = lookUpPath(path);
  const blocked = reader && look.kind === "found" ? reachFlaw(look.parts, reader, "read") : undefined;
  if (blocked === undefined) return [];
  const place = setting === undefined ? path : `${setting}: ${path}`;
  const message = `${place} cannot be read by ${READER} (${blocked.path}), the user that runs sshd's command`;
  return [{ code: "FILE_UNREADABLE", line: undefined, column: undefined, setting, message }];
}

function problemOf(error: unknown): SettingsProblem {
  if (!(error instanceof Fault)) throw error;
  const { code, facts } = error;
  const { line, column } = facts;
  // Remove line and column from the message: they are printed before it.
  const message = line === undefined ? error.message : error.message.replace(/^.*?:\d+:\d+: /s, "");
  const number = (fact: string | number | undefined) => (typeof fact === "number" ? fact : undefined);
  return { code, line: number(line), column: number(column), setting: undefined, message };
}

export const hintOf = ({ code }: SettingsProblem): string =>
  code === "SETTINGS_INVALID" ? "eic-agent.toml(5) and docs/settings.md describe every setting" : FAULTS[code];
