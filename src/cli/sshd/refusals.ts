/** Each reason why sshd was left unchanged: what is wrong, and what to do. Pure. */

import { agentOf } from "../../sshd/inspect/command-owner.ts";
import { describeSource, type Source } from "../../sshd/inspect/config-walk.ts";
import { DROP_IN } from "../../sshd/wiring/managed-files.ts";
import type { Refusal, Ways } from "../../sshd/wiring/refusal.ts";
import { quoted } from "../../verify/verdict.ts";
import { notAsked } from "./not-asked.ts";
import { besideRoots, isUserdb, userdbLines } from "./userdb.ts";

export interface RefusalText {
  readonly says: string;
  /** The next steps. `lines` are to be copied verbatim. */
  readonly next: readonly string[];
  readonly lines?: readonly string[];
}

const AGAIN = "eic-agent sshd enable";

export function describeRefusal(refusal: Refusal): RefusalText {
  switch (refusal.why) {
    case "not-asked":
      return notAsked(refusal.unknown);
    case "not-accepted":
      return {
        says: `sshd does not accept its configuration with the change in place: ${refusal.unknown.message}`,
        next: ["mend what it names, then again"],
      };
    case "no-account":
      return {
        says: `there is no user ${quoted(refusal.user)} for AuthorizedKeysCommandUser; sshd would run nothing`,
        next: [`systemd-sysusers, or: useradd --system --no-create-home --shell /usr/sbin/nologin ${refusal.user}`],
      };
    case "no-group":
      return { says: `there is no group ${refusal.group}`, next: [`groupadd --system ${refusal.group}`] };
    case "unsafe-program":
      return {
        says: `sshd would not run the program: ${refusal.path} ${/^E[A-Z]+$/.test(refusal.flaw) ? `is not there (${refusal.flaw})` : refusal.flaw}`,
        next: ["install the package anew, or mend what is named; then again"],
      };
    case "foreign":
      return foreign(refusal);
    case "for-some":
      return forSome(refusal);
    case "match":
      if (refusal.command === undefined)
        return {
          says: `a Match block keeps eic-agent's command from holding ${whom(refusal.user)}: AuthorizedKeysCommand none${by(refusal.source)}`,
          next: ["whoever wrote that line has decided so, and it stands until that line goes"],
        };
      return {
        says: `a Match block beats everything: ${whom(refusal.user)} sshd has ${what(refusal)}${by(refusal.source)}`,
        next: ["take its line out of the block, or write into the block:"],
        lines: linesOf(refusal.ours),
      };
    case "other-user":
      return {
        says: `AuthorizedKeysCommandUser is ${refusal.user}${by(refusal.source)}, before eic-agent's: the first value counts, and its command would run as ${refusal.user}`,
        next: ["take that line away, then again", way(refusal.ways, "replace", "or have eic-agent's read first")],
      };
    case "command-line":
      return {
        says: `sshd's command line sets ${quoted(refusal.value)} (${refusal.place}), which beats every file`,
        next: ["take the option away there, then again"],
      };
    case "no-include":
      return {
        says: `${refusal.main} does not include ${DROP_IN}, or sets a command before it does`,
        next: [way(refusal.ways, "editMain", "have a marked block put at its top, with a backup")],
      };
    case "chain-as-root":
      return {
        says: `${quoted(refusal.command)} runs as root, and whatever is chained runs as one user: eic-agent, which answers anybody on the network who tries to log in, would be root, too`,
        next: [
          ...besideRoots(refusal.command),
          way(refusal.ways, "replace", "or eic-agent in its place"),
          "or eic-agent for some users only, in a Match block: docs/install.md, For some users only",
        ],
        lines: userdbLines(refusal.command),
      };
    case "chain-token":
      return {
        says: `sshd does not know ${refusal.tokens.map(quoted).join(", ")} in ${quoted(refusal.command)}: it drops every connection that comes to it, chained or not`,
        next: ["mend that line, then again"],
      };
    case "chain-words":
      return {
        says: `a quote is never closed in ${quoted(refusal.command)}: sshd runs nothing`,
        next: ["mend that line"],
      };
    case "chain-program":
      return {
        says: `${refusal.program} would not be run behind eic-agent: ${refusal.flaw}`,
        next: ["mend what is named, then again; docs/chaining.md has the rule"],
      };
    case "edited":
      return {
        says: `${refusal.path} was changed by somebody, and is not overwritten`,
        next: [
          `change it by hand; or have what is eic-agent's taken out of it, then put in anew: eic-agent sshd disable && ${AGAIN}`,
        ],
      };
    case "not-a-file":
      return refusal.ours === undefined
        ? { says: `${refusal.path} is ${refusal.what}, and not eic-agent's`, next: ["remove it, then again"] }
        : {
            says: `${refusal.path} is ${refusal.what}: whoever looks after it has to change it`,
            next: ["have written at the top of it:"],
            lines: linesOf(refusal.ours),
          };
    case "open-block":
      return {
        says: `the block of eic-agent in ${refusal.main} has no end: the line # END eic-agent is missing`,
        next: ["take out by hand what follows # BEGIN eic-agent, then again"],
      };
    case "not-written":
      return {
        says: `${refusal.path} could not be written (${refusal.code})`,
        next: [HOW_WRITTEN[refusal.code] ?? "then again"],
      };
    case "group":
      return {
        says: `${refusal.user} could not be added to the group eic-agent: ${refusal.said}`,
        next: ["then again"],
      };
    case "not-in-force":
      return {
        says: `with the change in place sshd has, ${whom(refusal.user)}, ${what(refusal)}${by(refusal.source)}`,
        next: ["take that line away, then again; eic-agent doctor shows more"],
      };
    case "unmeant":
      return unmeant(refusal);
    case "not-survived":
      return {
        says: `sshd did not survive that it was told to read its files (${refusal.said}); all of them were put back as they were, and sshd was started again and listens`,
        next: ["journalctl -u ssh.service -u sshd.service shows why; mend that, then again"],
      };
    case "ended":
      return {
        says: `sshd HAS ENDED, and no new login is possible: ${refusal.said}; its files were put back as they were, and it did not start with them either. Keep this connection open, and start it: ${refusal.command}`,
        next: ["journalctl -u ssh.service -u sshd.service shows why it does not start"],
      };
    case "interrupted":
      return { says: "interrupted", next: [] };
    case "busy":
      return { says: "another eic-agent sshd is at work", next: ["wait for it, then again"] };
    default:
      return refusal satisfies never;
  }
}

/** Keywords as sshd_config(5) writes them, for those most likely to be affected. */
const SPELLED: Readonly<Record<string, string>> = {
  authorizedprincipalscommand: "AuthorizedPrincipalsCommand",
  authorizedprincipalscommanduser: "AuthorizedPrincipalsCommandUser",
};

function unmeant({ difference, by }: Refusal & { why: "unmeant" }): RefusalText {
  const { whom, keyword, before, after } = difference;
  const name = SPELLED[keyword] ?? keyword;
  const says = `the change would also change ${name} for ${whom}: ${quoted(before)} before, ${quoted(after)} after; nothing was changed`;
  if (by === "enable" && name !== keyword)
    return {
      says,
      next: [
        `have ${name} read before AuthorizedKeysCommand, in the same file or an earlier one; then again: ${AGAIN}`,
      ],
    };
  return {
    says,
    next: [
      by === "enable"
        ? `find what sets ${name} (sshd -T shows it), so that it holds with and without eic-agent's lines; then again: ${AGAIN}`
        : "take eic-agent's lines out by hand, and set beside them what is to stay; eic-agent sshd disable --dry-run shows them",
    ],
  };
}

const HOW_WRITTEN: Readonly<Record<string, string>> = {
  EROFS: "the filesystem is read-only: put the change where it is made from",
  EPERM: "is it immutable? lsattr shows it, chattr -i ends it",
  EACCES: "mandatory access control? eic-agent doctor shows denials",
  ENOSPC: `the disk is full: make room, then again: ${AGAIN}`,
  EDQUOT: `root's quota is used up: make room, then again: ${AGAIN}`,
  EMFILE: "too many files are open: ulimit -n, then again",
  ENFILE: "too many files are open on this machine; then again",
  EIO: "the disk does not answer: dmesg says more",
};

const linesOf = ({ command, user }: { command: string; user: string }): string[] => [
  `AuthorizedKeysCommand ${command}`,
  `AuthorizedKeysCommandUser ${user}`,
];
const by = (source: Source | undefined): string => (source === undefined ? "" : `, by ${describeSource(source)}`);
const whom = (user: string | undefined): string => (user === undefined ? "for everybody" : `for ${user}`);
const what = ({ command, commandUser }: { command: string | undefined; commandUser: string | undefined }): string =>
  command === undefined ? "no command" : `${quoted(command)} as ${commandUser ?? "nobody"}`;

const FLAGS = { chain: "--chain", replace: "--replace", editMain: "--edit-main" } as const;

/** Suggests a flag that goes further, or says why it would be refused. */
function way(ways: Ways | undefined, flag: keyof Ways, open: string): string {
  const closed = ways?.[flag];
  return closed === undefined
    ? `${open}: ${AGAIN} ${FLAGS[flag]}`
    : `(${FLAGS[flag]} would be refused: ${describeRefusal(closed).says})`;
}

function forSome({ lines }: Refusal & { why: "for-some" }): RefusalText {
  const [first] = lines;
  const places = lines.map((line) => describeSource({ kind: "file", ...line })).join("; ");
  return {
    says: `eic-agent's command is named for some users only, by ${places}. To put it in force for everybody would let pushed keys in where they are not let in now`,
    next: [
      "nothing is to be done for those users: eic-agent sshd status",
      `docs/install.md, For some users only, says how to go back${first === undefined ? "" : ` from ${first.file}`}`,
    ],
  };
}

function foreign({ command, user, source, onlyAws, ways }: Refusal & { why: "foreign" }): RefusalText {
  if (command === undefined) {
    return {
      says: `somebody has decided that sshd has no command: AuthorizedKeysCommand none${by(source)}`,
      next: ["whoever wrote that line has decided so, and it stands until that line goes"],
    };
  }
  const whose = agentOf(command)?.owner ?? "another program";
  const only = onlyAws ? "; only AWS's was to be replaced" : "";
  return {
    says: `sshd runs another command already, and only one can be in force: ${quoted(command)} of ${whose}, as ${user ?? "nobody"}${by(source)}${only}`,
    next: [
      way(ways, "chain", "both, eic-agent's keys and then its"),
      ...(isUserdb(command) && ways?.chain?.why === "chain-as-root" ? besideRoots(command) : []),
      way(ways, "replace", "eic-agent in its place"),
      ...(ways?.chain === undefined
        ? []
        : ["eic-agent for some users only, in a Match block: docs/install.md, For some users only"]),
      ...(ways?.chain && ways.replace ? [] : ["(--dry-run with a flag shows what would change)"]),
    ],
    ...(ways?.chain?.why === "chain-as-root" && { lines: userdbLines(command) }),
  };
}
