/**
 * How PAM judges an account that logs in with a key: sshd then runs the `account` part of its stack, and not `auth`.
 * pam_unix is judged with the account, pam_nologin with its files, pam_access by its own files. Any other module that can
 * refuse is listed, and its answer is not known. Pure except for the reader passed in.
 */
import { quoted } from "../../verify/verdict.ts";
import { judgeAccess } from "./access.ts";
import { type LoginFacts, type PamModule, usesPam } from "./facts.ts";
import { type Rule, rulesOf } from "./rule.ts";

/** Maximum depth, so that a stack that includes itself ends: PAM_SUBSTACK_MAX_LEVEL of Linux-PAM is 16. */
const MAX_DEPTH = 16;

/**
 * Returns the account part of a service's stack.
 * @param read returns a file of /etc/pam.d by its name; undefined if it does not exist
 * @throws what `read` throws for a file that exists but cannot be read
 */
export function accountStack(
  service: string,
  read: (name: string) => { readonly path: string; readonly text: string } | undefined,
  depth = 0,
): PamModule[] | undefined {
  const file = read(service);
  if (file === undefined || depth > MAX_DEPTH) return undefined;
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

/** Splits a text into lines: a backslash at the end continues a line; a comment ends it. */
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

/** Checks whether a failure of a module with this control affects the result; not with `sufficient` and `optional`. */
const canRefuse = (control: string): boolean =>
  /^(required|requisite)$/.test(control) || /=\s*(bad|die)\b/.test(control);

/** Modules that are judged elsewhere, or do not affect the result. */
const KNOWN = new Set(["pam_unix", "pam_nologin", "pam_permit", "pam_access", "pam_deny", "pam_warn", "pam_rootok"]);

export function judgePam(facts: LoginFacts): Rule[] {
  const { letsIn, rule, needsRoot } = rulesOf("pam");
  const { pam, user, sshd } = facts;
  if (sshd.kind === "unknown") return [];
  if (!usesPam(facts)) return [letsIn("UsePAM", "UsePAM no: PAM is not used")];
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
        "correct PAM's stack for sshd",
        denied,
      ),
    );
  }
  const others = pam.modules.filter(({ name, control }) => canRefuse(control) && !KNOWN.has(name));
  for (const { name, place, words } of others) {
    const what = words.length === 0 ? "" : ` ${words.map((word) => quoted(word)).join(" ")}`;
    const message = `PAM asks ${name}${what} as well (${place}), which is not judged here`;
    rules.push(rule("not-known", name, message, HINTS[name] ?? "check what that module logs at a login", denied));
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
 * Returns a pam_deny that every account reaches. It is not reached if an earlier module decides alone, as Debian's pam_unix
 * does by jumping over it.
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
