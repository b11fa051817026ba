/**
 * PermitUserEnvironment: whether sshd sets the variables that `[session] caller_variable` puts in front of a key, which line
 * decides that, and what must be done if it does not. sshd reads the keyword once, for all users: it is not allowed in a
 * Match block, and the first value wins, also one in `Match all`. Pure.
 */
import { matchesList } from "../login/names.ts";
import { type ConfigScan, commandLineSettings, type Setting, type Source } from "./config-walk.ts";
import type { Values } from "./effective.ts";
import { isTrueFor, OPENSSH } from "./openssh-versions.ts";
import { namesUs, ownLines } from "./own-lines.ts";

export const PERMIT = "permituserenvironment";

/** `[session]` of the settings. `unread`: the settings cannot be read, and `message` says why. */
export type SessionSetting =
  | { readonly kind: "off" }
  | { readonly kind: "on"; readonly names: readonly string[] }
  | { readonly kind: "unread"; readonly message: string };

/** The next step if sshd does not set every variable. */
export type Remedy =
  /** This sshd knows only `yes`, which is never advised: it lets users set any variable by ~/.ssh/environment. */
  | { readonly kind: "too-old" }
  /** `eic-agent sshd enable` writes the line. */
  | { readonly kind: "enable" }
  /** No line sets it, and it must be written by hand, for example into `file`. */
  | { readonly kind: "write"; readonly line: string; readonly file: string | undefined }
  /** The line that is in force, or the option of sshd's command line, must become `line`. */
  | { readonly kind: "change"; readonly line: string; readonly isOption: boolean }
  /** A pattern with `!` in the line that is in force excludes a variable, also if its name is added. */
  | { readonly kind: "negated" };

export interface Permission {
  readonly names: readonly string[];
  /** The value in force: `no`, `yes` or a list of patterns. */
  readonly value: string;
  /** Undefined if no line sets it. */
  readonly source: Source | undefined;
  /** Names that sshd does not set; empty if it sets all. */
  readonly refused: readonly string[];
  /** Undefined if sshd sets all. */
  readonly remedy: Remedy | undefined;
  /** An administrator's line that has no effect, because eic-agent's line is read first. */
  readonly hidden: Setting | undefined;
}

/** The facts about the variables of a session. `unknown`: sshd does not report its settings. */
export type SessionReport =
  | { readonly kind: "unread"; readonly message: string }
  | { readonly kind: "unknown"; readonly names: readonly string[] }
  | { readonly kind: "known"; readonly permission: Permission };

export interface SshdFiles {
  readonly walk: Pick<ConfigScan, "settings">;
  /** sshd's command line. */
  readonly words: readonly string[];
  readonly version: string | undefined;
}

/** Returns the list of patterns that eic-agent writes: the names themselves. */
export const listOf = (names: readonly string[]): string => names.join(",");

/** Checks whether a value has the form that eic-agent writes. Any other value is an administrator's. */
export const isOurList = (value: string): boolean => /^EIC_[A-Z0-9_]+,EIC_REQUEST_ID$/.test(value);

/** Checks whether sshd sets a variable with this value in force. sshd compares `yes` and `no` by case, as do its patterns. */
export const isPermitted = (name: string, value: string): boolean =>
  value === "yes" || (value !== "no" && matchesList(name, value));

const lineOf = (value: string): string => `PermitUserEnvironment ${value}`;

/** Returns the lines of the files that sshd reads for this keyword, in its order. */
const permitLines = ({ settings }: Pick<ConfigScan, "settings">): Setting[] =>
  settings.filter(({ keyword, match }) => keyword === PERMIT && match.every((one) => /^all$/i.test(one)));

/** Returns what sets the value: the command line, or else the first line. Undefined: it is the default, `no`. */
export function permitSource(walk: Pick<ConfigScan, "settings">, words: readonly string[]): Source | undefined {
  const option = commandLineSettings(words).find(({ keyword }) => keyword === PERMIT);
  if (option !== undefined) return { kind: "command-line", value: option.value };
  const [first] = permitLines(walk);
  return first && { kind: "file", ...first };
}

/** @param values sshd's answer; undefined if sshd could not be asked. @returns undefined if the setting is off */
export function reportSession(
  session: SessionSetting,
  values: Values | undefined,
  files: SshdFiles,
  isEnabled = false,
): SessionReport | undefined {
  if (session.kind === "off") return undefined;
  if (session.kind === "unread") return session;
  if (values === undefined) return { kind: "unknown", names: session.names };
  return { kind: "known", permission: judgePermission(session.names, values, files, isEnabled) };
}

/** @param isEnabled whether `enable` has just run, so that it is not a remedy */
export function judgePermission(
  names: readonly string[],
  values: Values,
  files: SshdFiles,
  isEnabled = false,
): Permission {
  const value = values.get(PERMIT)?.[0] ?? "no";
  const found = permitSource(files.walk, files.words);
  const source = found?.value === value ? found : undefined;
  const refused = names.filter((name) => !isPermitted(name, value));
  const remedy = refused.length === 0 ? undefined : remedyFor({ names, value, source, refused }, files, isEnabled);
  // After `enable`, our line is one in a file that was edited, which stays.
  const isOurs = !isEnabled && source?.kind === "file" && isOurList(value);
  const hidden = isOurs
    ? permitLines(files.walk).find((one) => !isOurList(one.value) && one.value !== "no")
    : undefined;
  return { names, value, source, refused, remedy, hidden };
}

function remedyFor(
  { names, value, source, refused }: Pick<Permission, "names" | "value" | "source" | "refused">,
  { walk, version }: SshdFiles,
  isEnabled: boolean,
): Remedy {
  if (isTrueFor(OPENSSH.environmentList, version) === false) return { kind: "too-old" };
  const own = ownLines(walk);
  const ownGlobal = own.find(({ match }) => match.length === 0);
  // `enable` refuses if our command is for some users only, and leaves lines by hand in other files alone.
  const mayEnable = !isEnabled && (own.length === 0 || (ownGlobal !== undefined && isManaged(ownGlobal)));
  const changed = (line: string): Remedy => ({ kind: "change", line, isOption: source?.kind === "command-line" });
  if (value === "no") {
    if (mayEnable && (source === undefined || !isBeforeOurs(source, walk))) return { kind: "enable" };
    const line = lineOf(listOf(names));
    return source === undefined ? { kind: "write", line, file: (ownGlobal ?? own[0])?.file } : changed(line);
  }
  if (mayEnable && source?.kind === "file" && isOurList(value) && isManaged(source)) return { kind: "enable" };
  const longer = isOurList(value) ? listOf(names) : listOf([value, ...refused]);
  return names.every((name) => isPermitted(name, longer)) ? changed(lineOf(longer)) : { kind: "negated" };
}

/** Checks whether a line may be one that `enable` wrote: in its drop-in, or in the block in the main file. */
const isManaged = ({ file }: Setting): boolean => /\/60-eic-agent\.conf$|\/sshd_config$/.test(file);

/** Checks whether sshd reads a line before our command, and so before any line that `enable` writes. */
function isBeforeOurs(source: Source, { settings }: Pick<ConfigScan, "settings">): boolean {
  if (source.kind === "command-line") return true;
  const at = settings.findIndex(({ file, line }) => file === source.file && line === source.line);
  const ours = settings.findIndex((one) => namesUs(one) && one.match.length === 0);
  return ours !== -1 && at < ours;
}
