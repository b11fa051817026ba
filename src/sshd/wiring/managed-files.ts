/**
 * The files that `eic-agent sshd enable` writes, and how they are recognized: the drop-in, the marked block in the main
 * file, the drop-in that makes sshd read the first one earlier, and the file that hides a unit's drop-in. The text of each
 * says what it is and what belongs to it, so no separate state exists that could disagree. Pure.
 */
import { RELAY_PATH, TRIAL_PATH } from "../../host/installed-paths.ts";
import { isManaged } from "../inspect/command-owner.ts";
import { readLine } from "../inspect/config-walk.ts";
import { OPENSSH, versionsOf } from "../inspect/openssh-versions.ts";
import { isOurList, PERMIT } from "../inspect/user-environment.ts";

/** The arguments that sshd passes: the user, and the fingerprint of the offered key. */
export const COMMAND_LINE = `${RELAY_PATH} %u %f`;
/** The same during a trial; another command follows. */
export const TRIAL_LINE = `${TRIAL_PATH} %u %f`;
export const OUR_USER = "eic-agent";
export const OUR_GROUP = "eic-agent";
export const DROP_INS = "/etc/ssh/sshd_config.d";
export const DROP_IN = `${DROP_INS}/60-eic-agent.conf`;
/** Paths of a second drop-in, used if another file's line would come first; in order of increasing priority. */
export const EARLY_DROP_INS = ["00-eic-agent.conf", "+eic-agent.conf", "!eic-agent.conf"].map(
  (name) => `${DROP_INS}/${name}`,
);
export const backupOf = (main: string): string => `${main}.eic-agent-backup`;
/** Suffix for a unit's drop-in that was in /etc itself: systemd reads `*.conf` only. */
export const DISABLED_SUFFIX = ".eic-agent-aside";

/** The two settings, and what was done for them in addition to writing the file that contains them. */
export interface ManagedSettings {
  readonly command: string;
  readonly user: string;
  /** The user who was added to our group. */
  readonly member?: string | undefined;
  /** A directory that did not exist and was made. */
  readonly folder?: string | undefined;
  /** AuthorizedPrincipalsCommand and its user, which sshd would not read after our lines (comparison.ts). */
  readonly repeats?: { readonly command: string; readonly user: string } | undefined;
  /** PermitUserEnvironment, for the variables of `[session] caller_variable`; undefined: no line. */
  readonly permits?: string | undefined;
}

const WRITTEN = "# Written by `eic-agent sshd enable`, taken away by `eic-agent sshd disable`.";
const MEMBER = "# added to the group eic-agent: ";
const FOLDER = "# made for this file: ";
const REPEATS = `# the same as elsewhere, once more: ${versionsOf(OPENSSH.principalsIgnored)} does not read it after an AuthorizedKeysCommand`;
const PERMITS = "# for [session] caller_variable in eic-agent's settings: variables that sshd sets in a session";
const BEGIN = "# BEGIN eic-agent: by `eic-agent sshd enable`, taken out by `eic-agent sshd disable`";
const END = "# END eic-agent";
const HIDES = "# Put here by `eic-agent sshd enable`, taken away by `eic-agent sshd disable`; hides ";

const lines = (...all: readonly (string | undefined)[]): string =>
  all.map((line) => (line === undefined ? "" : `${line}\n`)).join("");

const body = ({ command, user, member, folder, repeats, permits }: ManagedSettings): string =>
  lines(
    member === undefined ? undefined : MEMBER + member,
    folder === undefined ? undefined : FOLDER + folder,
    ...(repeats === undefined ? [] : repeatedLines(repeats)),
    `AuthorizedKeysCommand ${command}`,
    `AuthorizedKeysCommandUser ${user}`,
    ...(permits === undefined ? [] : [PERMITS, `PermitUserEnvironment ${permits}`]),
  );

const repeatedLines = ({ command, user }: NonNullable<ManagedSettings["repeats"]>): string[] => [
  REPEATS,
  `AuthorizedPrincipalsCommand ${command}`,
  `AuthorizedPrincipalsCommandUser ${user}`,
];

export const dropInText = (ours: ManagedSettings): string => lines(WRITTEN) + body(ours);

export const firstText = (): string =>
  lines(WRITTEN, "# Another file here sets the same, and the first one counts.", `Include ${DROP_IN}`);

export const hidingText = (hidden: string, folder: string | undefined): string =>
  lines(HIDES + hidden, folder === undefined ? undefined : FOLDER + folder);

export const isHiding = (text: string): boolean => text.startsWith(HIDES);

/** Returns the records in the comments of a text that this program wrote, and the line for the variables of a session. */
export function recordsIn(text: string): Pick<ManagedSettings, "member" | "folder" | "permits"> {
  const all = text.split("\n");
  const after = (mark: string) => all.find((line) => line.startsWith(mark))?.slice(mark.length);
  const permit = readLine(all[all.indexOf(PERMITS) + 1] ?? "");
  const permits = all.includes(PERMITS) && isOurPermit(permit) ? permit?.value : undefined;
  return { member: after(MEMBER), folder: after(FOLDER), permits };
}

/** A list that an administrator has extended is an administrator's. */
const isOurPermit = (setting: ReturnType<typeof readLine>): boolean =>
  setting?.keyword === PERMIT && isOurList(setting.value);

/** Returns the settings in a text that is exactly as it was written; undefined if it has been changed. */
export function parseUnmodified(text: string, print: (ours: ManagedSettings) => string): ManagedSettings | undefined {
  const value = (keyword: string) => settingsIn(text).find((one) => one.keyword === keyword)?.value;
  const [command, user] = [value("authorizedkeyscommand"), value("authorizedkeyscommanduser")];
  if (command === undefined || user === undefined) return undefined;
  const principals = text.includes(`${REPEATS}\n`) ? value("authorizedprincipalscommand") : undefined;
  const runs = value("authorizedprincipalscommanduser");
  const repeats = principals === undefined || runs === undefined ? undefined : { command: principals, user: runs };
  const ours = { command, user, ...recordsIn(text), repeats };
  return print(ours) === text ? ours : undefined;
}

const settingsIn = (text: string) => text.split("\n").flatMap((line) => readLine(line) ?? []);

/**
 * Removes our lines from a text: our command in any block, the AuthorizedKeysCommandUser next to it, and our comments. Other
 * lines stay. Returns an empty text if no remaining line sets anything.
 */
export function stripManaged(text: string): string {
  let block = 0;
  const read = text.split(/(?<=\n)/).map((line) => {
    const setting = readLine(line.replace(/\n$/, ""));
    if (setting?.keyword === "match") block += 1;
    return { line, setting, block };
  });
  const isCommand = ({ setting }: (typeof read)[number]) =>
    setting?.keyword === "authorizedkeyscommand" && isManaged(setting.value);
  const blocks = new Set(read.filter(isCommand).map((one) => one.block));
  const mark = read.findIndex(({ line }) => line.startsWith(REPEATS));
  // The two lines below the mark, as they were written.
  const isRepeated = ({ setting }: (typeof read)[number], index: number) =>
    mark !== -1 &&
    index > mark &&
    index <= mark + 2 &&
    /^authorizedprincipalscommand(user)?$/.test(setting?.keyword ?? "");
  const isPermit = ({ setting }: (typeof read)[number], index: number) =>
    read[index - 1]?.line.startsWith(PERMITS) === true && isOurPermit(setting);
  const kept = read.filter(
    (one, index) =>
      !isCommand(one) &&
      !isRepeated(one, index) &&
      !isPermit(one, index) &&
      !(one.setting?.keyword === "authorizedkeyscommanduser" && blocks.has(one.block)) &&
      !(one.setting?.keyword === "include" && one.setting.value === DROP_IN) &&
      ![WRITTEN, MEMBER, FOLDER, REPEATS, PERMITS].some((mark) => one.line.startsWith(mark)),
  );
  return kept.some(({ setting }) => setting !== undefined) ? kept.map(({ line }) => line).join("") : "";
}

export const blockText = (ours: ManagedSettings): string => lines(BEGIN) + body(ours) + lines(END);

/** The position and text of the block in a main file. */
export interface Block {
  readonly start: number;
  readonly end: number;
  readonly block: string;
}

/** Returns the block in a main file; `open` if its end is missing. */
export function blockIn(text: string): Block | "open" | undefined {
  const lines = text.split(/(?<=\n)/);
  const begin = lines.findIndex((line) => line.startsWith("# BEGIN eic-agent"));
  if (begin === -1) return undefined;
  const last = lines.findIndex((line, index) => index > begin && line.startsWith(END));
  if (last === -1) return "open";
  const [start, block] = [lines.slice(0, begin).join("").length, lines.slice(begin, last + 1).join("")];
  return { start, end: start + block.length, block };
}

/** Returns the main file without the block. Other lines that were written into the block stay in place. */
export function withoutBlock(text: string, { start, end, block }: Block): string {
  const inner = block
    .split(/(?<=\n)/)
    .slice(1, -1)
    .join("");
  return text.slice(0, start) + stripManaged(inner) + text.slice(end);
}
