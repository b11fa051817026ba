/**
 * What PAM makes of an account that comes with a key: sshd runs the `account` part of its stack then, and no `auth`. pam_unix
 * is judged with the account, pam_nologin with its file, pam_access by its own file; any other module that can refuse is
 * named, and its answer is not known. Pure but for the reading passed in.
 */
import { quoted } from "../../verify/verdict.ts";
import { type AccessFile, judgeAccess } from "./access.ts";
import { type LoginFacts, usesPam } from "./facts.ts";
import { type Rule, rulesOf } from "./rule.ts";

export interface PamModule {
  /** Without its folder and `.so`. */
  readonly name: string;
  readonly control: string;
  readonly words: readonly string[];
  /** `FILE:LINE`. */
  readonly place: string;
}

export interface PamFacts {
  /** `closed`: a file of the stack is not for this process to read. `none`: there is no stack for sshd. */
  readonly kind: "read" | "closed" | "none";
  /** The account part, in its order, with what is included. */
  readonly modules: readonly PamModule[];
  /** Names of those modules. */
  readonly judges: ReadonlySet<string>;
  /** Files of each pam_access among them; undefined where one cannot be read. */
  readonly access: readonly AccessFile[] | undefined;
}

/** A stack that includes itself ends, too: PAM_SUBSTACK_MAX_LEVEL of Linux-PAM is 16. */
const MOST_DEPTH = 16;

/**
 * The account part of a service's stack.
 * @param read a file of /etc/pam.d by its name; undefined where there is none
 * @throws what `read` throws for a file that is there and cannot be read
 */
export function accountStack(
  service: string,
  read: (name: string) => { readonly path: string; readonly text: string } | undefined,
  depth = 0,
): PamModule[] | undefined {
  const file = read(service);
  if (file === undefined || depth > MOST_DEPTH) return undefined;
  return logicalLines(file.text).flatMap(({ text, line }) => {
    const [, everything] = /^@include\s+(\S+)/.exec(text) ?? [];
    if (everything !== undefined) return accountStack(everything, read, depth + 1) ?? [];
    const [, control = "", module = "", rest = ""] = /^-?account\s+(\[[^\]]*\]|\S+)\s+(\S+)\s*(.*)$/i.exec(text) ?? [];
    if (module === "") return [];
    if (/^(include|substack)$/i.test(control)) return accountStack(module, read, depth + 1) ?? [];
    const name = module.slice(module.lastIndexOf("/") + 1).replace(/\.so$/, "");
    const words = rest.split(/\s+/).filter((word) => word !== "");
    return [{ name, control: control.toLowerCase(), words, place: `${file.path}:${line}` }];
  });
}

/** Lines with a backslash at their end go on; a comment ends one. */
function logicalLines(text: string): { text: string; line: number }[] {
  const lines: { text: string; line: number }[] = [];
  let open: { text: string; line: number } | undefined;
  text.split("\n").forEach((raw, index) => {
    const content = raw.replace(/(^|\s)#.*$/, "").trim();
    const goesOn = content.endsWith("\\");
    const part = goesOn ? content.slice(0, -1) : content;
    open = open === undefined ? { text: part, line: index + 1 } : { ...open, text: `${open.text} ${part}` };
    if (goesOn) return;
    if (open.text.trim() !== "") lines.push({ ...open, text: open.text.trim() });
    open = undefined;
  });
  return lines;
}

/** What a failure of a module with this control makes of the whole: with `sufficient` and `optional`, nothing. */
export const canRefuse = (control: string): boolean =>
  /^(required|requisite)$/.test(control) || /=\s*(bad|die)\b/.test(control);

/** Judged elsewhere, or without a say. */
const KNOWN = new Set(["pam_unix", "pam_nologin", "pam_permit", "pam_access", "pam_deny", "pam_warn", "pam_rootok"]);

export function judgePam(facts: LoginFacts): Rule[] {
  const { letsIn, rule, needsRoot } = rulesOf("pam");
  const { pam, user, sshd } = facts;
  if (sshd.kind === "unknown") return [];
  if (!usesPam(facts)) return [letsIn("UsePAM", "UsePAM no: PAM is not asked")];
  if (pam.kind === "closed") return [needsRoot("pam.d", "/etc/pam.d")];
  if (pam.kind === "none") {
    return [
      rule("not-known", "pam.d", "there is no /etc/pam.d/sshd and no /etc/pam.d/other", "install PAM's files for sshd"),
    ];
  }
  const denied = `fatal: Access denied for user ${user} by PAM account configuration`;
  const rules: Rule[] = [];
  if (pam.judges.has("pam_access")) rules.push(judgeAccess(facts, denied));
  const deny = reachedDeny(pam.modules);
  if (deny !== undefined) {
    rules.push(
      rule(
        "refuses",
        "pam_deny",
        `pam_deny by ${deny.place} refuses every account`,
        "mend PAM's stack for sshd",
        denied,
      ),
    );
  }
  const others = pam.modules.filter(({ name, control }) => canRefuse(control) && !KNOWN.has(name));
  for (const { name, place, words } of others) {
    const what = words.length === 0 ? "" : ` ${words.map((word) => quoted(word)).join(" ")}`;
    const says = `PAM asks ${name}${what} as well (${place}), which is not judged here`;
    rules.push(rule("not-known", name, says, HINTS[name] ?? "see what that module says in the log at a login", denied));
  }
  const names = [...pam.judges].join(", ");
  return rules.length > 0
    ? rules
    : [letsIn("pam.d", names === "" ? "no module for accounts" : `PAM's account modules: ${names}`)];
}

const HINTS: Readonly<Record<string, string>> = {
  pam_faillock: "is the user locked after failures? faillock --user USER",
  pam_tally2: "is the user locked after failures? pam_tally2 --user USER",
  pam_sss: "what SSSD says of the user: sssctl user-checks USER -a acct -s sshd",
  pam_time: "see /etc/security/time.conf",
};

/**
 * A pam_deny that every account comes to. Where a module before it decides by itself, as pam_unix of Debian does by
 * jumping over it, it does not.
 */
function reachedDeny(modules: readonly PamModule[]): PamModule | undefined {
  for (let at = 0; at < modules.length; at += 1) {
    const module = modules[at];
    if (module === undefined) return undefined;
    if (module.name === "pam_deny") return canRefuse(module.control) ? module : undefined;
    const [, jump] = /success\s*=\s*(\d+)/.exec(module.control) ?? [];
    if (jump !== undefined) at += Number(jump);
    else if (module.control === "sufficient" || /=\s*done\b/.test(module.control)) return undefined;
  }
  return undefined;
}
