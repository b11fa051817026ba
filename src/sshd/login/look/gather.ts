/**
 * Reads what a login of one user hangs on beside the key: `sshd -T` for this user, the account, shadow, the shell, nologin
 * files, RevokedKeys, PAM's stack. Changes nothing. What it may not read is `closed`, and never taken for good.
 */
import { readFileSync, statSync } from "node:fs";
import { describeSource, walkConfig } from "../../inspect/config-walk.ts";
import { type Effective, effectiveSettings, type Query } from "../../inspect/effective.ts";
import { type Exec, systemPrograms } from "../../inspect/exec.ts";
import { systemFiles } from "../../inspect/glob.ts";
import { settingWords, sshdUnit } from "../../inspect/unit.ts";
import type { LoginFacts, Revocation, ShellState } from "../facts.ts";
import type { Client } from "../names.ts";
import { lookUpEntry, lookUpGroupNames, lookUpShadow } from "./account.ts";
import { chrootFlaw } from "./chroot.ts";
import { lookAtPam } from "./pam.ts";

const MAIN = "/etc/ssh/sshd_config";
/** In the order in which pam_nologin looks for them. */
const NOLOGIN = ["/var/run/nologin", "/etc/nologin"];
/** Bytes; a list of revoked keys may be long. */
const MOST_REVOKED = 64 * 1024 * 1024;

/** @param effective where sshd was asked for this user already */
export async function lookAtLogin(
  user: string,
  { client, effective, version }: { client?: Client; effective?: Effective; version?: string | undefined } = {},
  programs: Exec = systemPrograms,
): Promise<LoginFacts> {
  const words = settingWords(sshdUnit(systemFiles)?.words ?? []);
  const connection = { user, ...(client !== undefined && { host: client.host, addr: client.address }) };
  const sshd = effective ?? (await effectiveSettings({ words, connection }, programs));
  const values = sshd.kind === "known" ? sshd.values : new Map<string, string[]>();
  const entry = await lookUpEntry(user, programs);
  const found = entry?.kind === "read" ? entry.value : undefined;
  const one = (keyword: string) => values.get(keyword)?.[0] ?? "none";
  return {
    user,
    client,
    sshd:
      sshd.kind === "known"
        ? { kind: "known", values }
        : { kind: "unknown", message: sshd.message, needsRoot: sshd.why === "needs-root" },
    version: version ?? (await versionOf(programs)),
    placeOf: places(words.findLast((_, index) => words[index - 1] === "-f") ?? MAIN),
    account: entry,
    groups: found === undefined ? undefined : await lookUpGroupNames(user, programs),
    shadow: await lookUpShadow(user, programs),
    shell: shellState(found?.shell === "" ? "/bin/sh" : (found?.shell ?? "/bin/sh")),
    hasHome: found === undefined ? undefined : isFolder(found.home),
    chrootFlaw: found === undefined ? undefined : chrootFlaw(one("chrootdirectory"), found),
    nologin: NOLOGIN.filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined),
    revocation: (await noneOfMatch({ words, connection }, sshd, programs)) ?? revocation(one("revokedkeys")),
    pam: lookAtPam(),
    today: Math.floor(Date.now() / 86_400_000),
  };
}

/** OpenSSH before 9.x knows no -V, and prints its version with the complaint. */
async function versionOf(programs: Exec): Promise<string | undefined> {
  const sshd = programs.find("sshd");
  if (sshd === undefined) return undefined;
  const { stdout, stderr } = await programs.run(sshd, ["-V"]);
  return /OpenSSH_\d+\.\d+\S*?(?=[,\s]|$)/.exec(stdout + stderr)?.[0];
}

/**
 * `RevokedKeys none` in a Match block: sshd says `none`, takes it for a file of that name, and refuses every key (9.2,
 * 10.0). A Match block beats sshd's command line, so what it says to an option there tells the one `none` from the other.
 */
async function noneOfMatch(asked: Query, sshd: Effective, programs: Exec): Promise<Revocation | undefined> {
  if (sshd.kind === "unknown" || asked.connection?.user === "") return undefined;
  if ((sshd.values.get("revokedkeys")?.[0] ?? "").toLowerCase() !== "none") return undefined;
  const words = ["-o", "RevokedKeys=/nonexistent", ...(asked.words ?? [])];
  const again = await effectiveSettings({ ...asked, words }, programs);
  if (again.kind === "unknown" || again.values.get("revokedkeys")?.[0] === "/nonexistent") return undefined;
  return { kind: "broken", path: "none", why: "in a Match block sshd takes none for a file" };
}

/** All lines of a keyword: lists grow by each of them, and Match blocks say for whom they hold. */
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

function revocation(path: string): Revocation {
  if (path.toLowerCase() === "none") return { kind: "none" };
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return { kind: "broken", path, why: "not a regular file" };
    if (stats.size > MOST_REVOKED) return { kind: "broken", path, why: `over ${MOST_REVOKED} bytes` };
    return { kind: "read", path, content: readFileSync(path) };
  } catch (error) {
    const code = codeOf(error);
    // sshd reads it as root: closed to root is another thing than closed to us.
    return code === "EACCES" && process.geteuid?.() !== 0
      ? { kind: "closed", path }
      : { kind: "broken", path, why: code };
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
