/**
 * Reads everything except the key that a user's login depends on: `sshd -T` for this user, the account, shadow, the shell,
 * nologin files, RevokedKeys, PAM's stack. Changes nothing. A file that it may not read is `closed`, never good.
 */
import { readFileSync, statSync } from "node:fs";
import { codeOf } from "../../../errno.ts";
import { describeSource, walkConfig } from "../../inspect/config-walk.ts";
import { type Effective, effectiveSettings, type Query } from "../../inspect/effective.ts";
import { type Exec, systemPrograms } from "../../inspect/exec.ts";
import { systemFiles } from "../../inspect/glob.ts";
import { isTrueFor, OPENSSH } from "../../inspect/openssh-versions.ts";
import { sshdVersion } from "../../inspect/sshd-query.ts";
import { startingUnit } from "../../inspect/starting-unit.ts";
import { settingWords } from "../../inspect/unit.ts";
import type { LoginFacts, Revocation, ShellState } from "../facts.ts";
import type { Client } from "../names.ts";
import { lookUpEntry, lookUpGroupNames, lookUpShadow } from "./account.ts";
import { chrootFlaw } from "./chroot.ts";
import { lookAtPam } from "./pam.ts";

const MAIN = "/etc/ssh/sshd_config";
/** In the order in which pam_nologin checks them. */
const NOLOGIN = ["/var/run/nologin", "/etc/nologin"];
/** Maximum bytes: a list of revoked keys may be long. */
const MAX_REVOKED = 64 * 1024 * 1024;

/** @param effective sshd's answer for this user, if sshd has been asked already */
export async function lookAtLogin(
  user: string,
  { client, effective, version }: { client?: Client; effective?: Effective; version?: string | undefined } = {},
  programs: Exec = systemPrograms,
): Promise<LoginFacts> {
  const words = settingWords((await startingUnit(systemFiles, programs))?.words ?? []);
  const connection = { user, host: client?.host, addr: client?.address };
  const sshd = effective ?? (await effectiveSettings({ words, connection }, programs));
  const values = sshd.kind === "known" ? sshd.values : new Map<string, string[]>();
  const entry = await lookUpEntry(user, programs);
  const found = entry?.kind === "read" ? entry.value : undefined;
  const one = (keyword: string) => values.get(keyword)?.[0] ?? "none";
  const told = version ?? (await sshdVersion(programs));
  return {
    user,
    client,
    sshd:
      sshd.kind === "known"
        ? { kind: "known", values }
        : { kind: "unknown", message: sshd.message, needsRoot: sshd.why === "needs-root" },
    version: told,
    placeOf: places(words.findLast((_, index) => words[index - 1] === "-f") ?? MAIN),
    account: entry,
    groups: found === undefined ? undefined : await lookUpGroupNames(user, programs),
    shadow: await lookUpShadow(user, programs),
    shell: shellState(found?.shell === "" ? "/bin/sh" : (found?.shell ?? "/bin/sh")),
    hasHome: found === undefined ? undefined : isFolder(found.home),
    chrootFlaw: found === undefined ? undefined : chrootFlaw(one("chrootdirectory"), found),
    nologin: NOLOGIN.filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined),
    revocation: (await noneOfMatch({ words, connection }, sshd, programs)) ?? revocation(one("revokedkeys"), told),
    pam: lookAtPam(),
    today: Math.floor(Date.now() / 86_400_000),
  };
}

/**
 * Detects `RevokedKeys none` in a Match block: sshd reports `none`, but takes it for a file of that name, and refuses every
 * key (9.2, 10.0). A Match block overrides sshd's command line, so a query with another value there tells the two cases
 * apart.
 */
async function noneOfMatch(asked: Query, sshd: Effective, programs: Exec): Promise<Revocation | undefined> {
  if (sshd.kind === "unknown" || asked.connection?.user === "") return undefined;
  if ((sshd.values.get("revokedkeys")?.[0] ?? "").toLowerCase() !== "none") return undefined;
  const words = ["-o", "RevokedKeys=/nonexistent", ...(asked.words ?? [])];
  const again = await effectiveSettings({ ...asked, words }, programs);
  if (again.kind === "unknown" || again.values.get("revokedkeys")?.[0] === "/nonexistent") return undefined;
  return { kind: "broken", path: "none", why: "in a Match block sshd treats none as a file name" };
}

/** Finds all lines of a keyword: each line adds to a list, and its Match block says for which users it holds. */
function places(main: string): LoginFacts["placeOf"] {
  const { settings } = walkConfig(main, systemFiles);
  return (keyword) => {
    const lines = settings.filter((setting) => setting.keyword === keyword);
    const told = lines.slice(0, 3).map((setting) => describeSource({ kind: "file", ...setting }));
    if (told.length === 0) return undefined;
    return `${told.join(" and ")}${lines.length > told.length ? ` and ${lines.length - told.length} more lines` : ""}`;
  };
}

function shellState(path: string): ShellState {
  try {
    const stats = statSync(path);
    return stats.isFile() && (stats.mode & 0o111) !== 0 ? "executable" : "not-executable";
  } catch (error) {
    return codeOf(error) === "EACCES" ? "closed" : "missing";
  }
}

function isFolder(path: string): boolean | undefined {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    return codeOf(error) === "EACCES" ? undefined : false;
  }
}

/** @param value of RevokedKeys: a path, or several if this version takes several; sshd prints them without quotes */
function revocation(value: string, version: string | undefined): Revocation {
  if (value.toLowerCase() === "none") return { kind: "none" };
  const whole = revokedFile(value);
  const paths = value.split(" ");
  if (whole.kind === "read" || paths.length === 1 || isTrueFor(OPENSSH.revokedFiles, version) !== true) return whole;
  const contents: Buffer[] = [];
  for (const path of paths) {
    const one = revokedFile(path);
    if (one.kind !== "read") return one;
    contents.push(...one.contents);
  }
  return { kind: "read", path: value, contents };
}

function revokedFile(path: string): Exclude<Revocation, { kind: "none" }> {
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return { kind: "broken", path, why: "not a regular file" };
    if (stats.size > MAX_REVOKED) return { kind: "broken", path, why: `over ${MAX_REVOKED} bytes` };
    return { kind: "read", path, contents: [readFileSync(path)] };
  } catch (error) {
    const code = codeOf(error);
    // sshd reads it as root. A file that root cannot read is broken; one that only this process cannot read is `closed`.
    return code === "EACCES" && process.geteuid?.() !== 0
      ? { kind: "closed", path }
      : { kind: "broken", path, why: code };
  }
}
