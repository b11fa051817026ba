/** Each reason why sshd was left unchanged: what is wrong, and what to do. Pure. */

import { agentOf } from "../../sshd/inspect/command-owner.ts";
import { describeSource, type Source } from "../../sshd/inspect/config-walk.ts";
import { DROP_IN } from "../../sshd/wiring/managed-files.ts";
import type { Refusal, Ways } from "../../sshd/wiring/refusal.ts";
import { quoted } from "../../verify/verdict.ts";
import { notAsked } from "./not-asked.ts";
import type { RefusalText } from "./refusal-text.ts";
import { besideRoots, isUserdb, userdbLines } from "./userdb.ts";

const AGAIN = "eic-agent sshd enable";

export function describeRefusal(refusal: Refusal): RefusalText {
  switch (refusal.why) {
    case "not-asked":
      return notAsked(refusal.unknown);
    case "not-accepted":
      return {
        message: `sshd does not accept its configuration with the change in place: ${refusal.unknown.message}`,
        next: ["correct what it names, then try again"],
      };
    case "no-account":
      return {
        message: `there is no user ${quoted(refusal.user)} for AuthorizedKeysCommandUser; sshd would run nothing`,
        next: [`systemd-sysusers, or: useradd --system --no-create-home --shell /usr/sbin/nologin ${refusal.user}`],
      };
    case "no-group":
      return { message: `there is no group ${refusal.group}`, next: [`groupadd --system ${refusal.group}`] };
    case "unsafe-program":
      return {
        message: `sshd would not run the program: ${refusal.path} ${/^E[A-Z]+$/.test(refusal.flaw) ? `is not there (${refusal.flaw})` : refusal.flaw}`,
        next: ["reinstall the package, or correct what is named; then try again"],
      };
    case "foreign":
      return foreign(refusal);
    case "for-some":
      return forSome(refusal);
    case "match":
      if (refusal.command === undefined)
        return {
          message: `a Match block keeps eic-agent's command from applying ${whom(refusal.user)}: AuthorizedKeysCommand none${by(refusal.source)}`,
          next: ["an administrator wrote that line: it applies until it is removed"],
        };
      return {
        message: `a Match block overrides everything: ${whom(refusal.user)} sshd has ${what(refusal)}${by(refusal.source)}`,
        next: ["remove its line from the block, or write into the block:"],
        lines: linesOf(refusal.ours),
      };
    case "other-user":
      return {
        message: `AuthorizedKeysCommandUser is ${refusal.user}${by(refusal.source)}, before eic-agent's: the first value counts, and its command would run as ${refusal.user}`,
        next: ["remove that line, then try again", way(refusal.ways, "replace", "or have eic-agent's line read first")],
      };
    case "command-line":
      return {
        message: `sshd's command line sets ${quoted(refusal.value)} (${refusal.place}), which overrides every file`,
        next: ["remove that option, then try again"],
      };
    case "no-include":
      return {
        message: `${refusal.main} does not include ${DROP_IN}, or sets a command before it does`,
        next: [way(refusal.ways, "editMain", "write a marked block at its top, with a backup")],
      };
    case "chain-as-root":
      return {
        message: `${quoted(refusal.command)} runs as root, and chained commands run as one user: eic-agent, which answers every login attempt from the network, would run as root, too`,
        next: [
          ...besideRoots(refusal.command),
          way(refusal.ways, "replace", "or replace it with eic-agent"),
          "or eic-agent for some users only, in a Match block: docs/install.md, For some users only",
        ],
        lines: userdbLines(refusal.command),
      };
    case "chain-token":
      return {
        message: `sshd does not know ${refusal.tokens.map(quoted).join(", ")} in ${quoted(refusal.command)}: it drops every connection that reaches that command, chained or not`,
        next: ["correct that line, then try again"],
      };
    case "chain-quote":
      return {
        message: `a quote is never closed in ${quoted(refusal.command)}: sshd runs nothing`,
        next: ["correct that line"],
      };
    case "trial-by-hand":
      return {
        message: `${quoted(refusal.command)} is a trial of eic-agent already, and eic-agent did not write that line`,
        next: ["take the trial out of it by hand (the command after -- remains), then try again"],
      };
    case "trial-alone":
      return {
        message: "no other command is in force that could decide during a trial",
        next: [`${AGAIN} puts eic-agent in force`],
      };
    case "chain-program":
      return {
        message: `${refusal.program} would not be run after eic-agent: ${refusal.flaw}`,
        next: ["correct what is named, then try again; docs/chaining.md has the rules"],
      };
    case "edited":
      return {
        message: `${refusal.path} was changed by hand, and is not overwritten`,
        next: [
          `change it by hand; or remove eic-agent's lines and write them again: eic-agent sshd disable && ${AGAIN}`,
        ],
      };
    case "not-a-file":
      return refusal.ours === undefined
        ? { message: `${refusal.path} is ${refusal.what}, and not eic-agent's`, next: ["remove it, then try again"] }
        : {
            message: `${refusal.path} is ${refusal.what}: the administrator of that file must change it`,
            next: ["write at the top of it:"],
            lines: linesOf(refusal.ours),
          };
    case "open-block":
      return {
        message: `the block of eic-agent in ${refusal.main} has no end: the line # END eic-agent is missing`,
        next: ["remove by hand the lines from # BEGIN eic-agent on, then try again"],
      };
    case "not-written":
      return {
        message: `${refusal.path} could not be written (${refusal.code})`,
        next: [HOW_WRITTEN[refusal.code] ?? "try again"],
      };
    case "group":
      return {
        message: `${refusal.user} could not be added to the group eic-agent: ${refusal.said}`,
        next: ["try again"],
      };
    case "not-in-force":
      return {
        message: `with the change in place sshd has, ${whom(refusal.user)}, ${what(refusal)}${by(refusal.source)}`,
        next: ["remove that line, then try again; eic-agent doctor shows more"],
      };
    case "side-effect":
      return sideEffect(refusal);
    case "not-survived":
      return {
        message: `sshd failed after it was reloaded (${refusal.said}); all files were restored, and sshd was started again and listens`,
        next: ["journalctl -u ssh.service -u sshd.service shows why; correct that, then try again"],
      };
    case "ended":
      return {
        message: `sshd HAS ENDED, and no new login is possible: ${refusal.said}; its files were restored, and it did not start with them either. Keep this connection open, and start it: ${refusal.command}`,
        next: ["journalctl -u ssh.service -u sshd.service shows why it does not start"],
      };
    case "interrupted":
      return { message: "interrupted", next: [] };
    case "busy":
      return { message: "another eic-agent sshd is running", next: ["wait for it, then try again"] };
    default:
      return refusal satisfies never;
  }
}

/** Keywords as sshd_config(5) writes them, for those most likely to be affected. */
const SPELLED: Readonly<Record<string, string>> = {
  authorizedprincipalscommand: "AuthorizedPrincipalsCommand",
  authorizedprincipalscommanduser: "AuthorizedPrincipalsCommandUser",
};

function sideEffect({ difference, by }: Refusal & { why: "side-effect" }): RefusalText {
  const { whom, keyword, before, after } = difference;
  const name = SPELLED[keyword] ?? keyword;
  const message = `the change would also change ${name} for ${whom}: ${quoted(before)} before, ${quoted(after)} after; nothing was changed`;
  if (by === "enable" && name !== keyword)
    return {
      message,
      next: [`have ${name} read before AuthorizedKeysCommand, in the same file or an earlier one; then run: ${AGAIN}`],
    };
  return {
    message,
    next: [
      by === "enable"
        ? `find what sets ${name} (sshd -T shows it), so that it holds with and without eic-agent's lines; then run: ${AGAIN}`
        : "remove eic-agent's lines by hand, and write the settings that must stay outside of them; eic-agent sshd disable --dry-run shows them",
    ],
  };
}

const HOW_WRITTEN: Readonly<Record<string, string>> = {
  EROFS: "the filesystem is read-only: make the change in the image that it comes from",
  EPERM: "is it immutable? lsattr shows the flag, chattr -i removes it",
  EACCES: "mandatory access control? eic-agent doctor shows denials",
  ENOSPC: `the disk is full: make room, then run: ${AGAIN}`,
  EDQUOT: `root's quota is used up: make room, then run: ${AGAIN}`,
  EMFILE: "too many files are open: raise ulimit -n, then try again",
  ENFILE: "too many files are open on this machine; then try again",
  EIO: "the disk does not answer: dmesg says more",
};

const linesOf = ({ command, user }: { command: string; user: string }): string[] => [
  `AuthorizedKeysCommand ${command}`,
  `AuthorizedKeysCommandUser ${user}`,
];
const by = (source: Source | undefined): string => (source === undefined ? "" : `, by ${describeSource(source)}`);
const whom = (user: string | undefined): string => (user === undefined ? "for all users" : `for ${user}`);
const what = ({ command, commandUser }: { command: string | undefined; commandUser: string | undefined }): string =>
  command === undefined ? "no command" : `${quoted(command)} as ${commandUser ?? "no user"}`;

const FLAGS = { chain: "--chain", replace: "--replace", editMain: "--edit-main" } as const;

/** Suggests a flag that goes further, or says why it would be refused. */
function way(ways: Ways | undefined, flag: keyof Ways, open: string): string {
  const closed = ways?.[flag];
  return closed === undefined
    ? `${open}: ${AGAIN} ${FLAGS[flag]}`
    : `(${FLAGS[flag]} would be refused: ${describeRefusal(closed).message})`;
}

function forSome({ lines }: Refusal & { why: "for-some" }): RefusalText {
  const [first] = lines;
  const places = lines.map((line) => describeSource({ kind: "file", ...line })).join("; ");
  return {
    message: `eic-agent's command is named for some users only, by ${places}. In force for all users it would let pushed keys log in to more accounts than now`,
    next: [
      "those users need no change: eic-agent sshd status",
      `docs/install.md, For some users only, says how to go back${first === undefined ? "" : ` from ${first.file}`}`,
    ],
  };
}

function foreign({ command, user, source, onlyAws, ways }: Refusal & { why: "foreign" }): RefusalText {
  if (command === undefined) {
    return {
      message: `an administrator has set that sshd has no command: AuthorizedKeysCommand none${by(source)}`,
      next: ["an administrator wrote that line: it applies until it is removed"],
    };
  }
  const whose = agentOf(command)?.owner ?? "another program";
  const only = onlyAws ? "; --replace-aws replaces AWS's only" : "";
  return {
    message: `sshd runs another command already, and only one can be in force: ${quoted(command)} of ${whose}, as ${user ?? "no user"}${by(source)}${only}`,
    next: [
      way(ways, "chain", "run both, eic-agent's keys first"),
      ...(isUserdb(command) && ways?.chain?.why === "chain-as-root" ? besideRoots(command) : []),
      way(ways, "replace", "replace it with eic-agent"),
      ...(ways?.chain === undefined
        ? []
        : ["eic-agent for some users only, in a Match block: docs/install.md, For some users only"]),
      ...(ways?.chain && ways.replace ? [] : ["(--dry-run with a flag shows what would change)"]),
    ],
    lines: ways?.chain?.why === "chain-as-root" ? userdbLines(command) : [],
  };
}
