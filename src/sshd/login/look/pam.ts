/** Reads PAM's stack for sshd, and pam_access's files. */
import { readdirSync, readFileSync } from "node:fs";
import { codeOf } from "../../../errno.ts";
import type { AccessFile, PamFacts, PamModule } from "../facts.ts";
import { accountStack } from "../pam.ts";

/** Linux-PAM reads the first file that exists; vendors' files are below /usr/lib. */
const FOLDERS = ["/etc/pam.d", "/usr/lib/pam.d", "/usr/share/pam.d"];
const ACCESS = "/etc/security/access.conf";
const ACCESS_FOLDER = "/etc/security/access.d";

export function lookAtPam(): PamFacts {
  try {
    const modules = accountStack("sshd", readFrom) ?? accountStack("other", readFrom);
    if (modules === undefined) return { kind: "none", modules: [], judges: new Set(), access: [] };
    return { kind: "read", modules, judges: new Set(modules.map(({ name }) => name)), access: accessFiles(modules) };
  } catch {
    return { kind: "closed", modules: [], judges: new Set(), access: [] };
  }
}

function readFrom(name: string): { path: string; text: string } | undefined {
  const paths = name.startsWith("/") ? [name] : FOLDERS.map((folder) => `${folder}/${name}`);
  for (const path of paths) {
    const text = textOf(path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

/**
 * Returns a file's text; undefined if it does not exist.
 * @throws if it exists but cannot be read
 */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Words of pam_access's line that do not change the meaning of its file. */
const USUAL = /^(accessfile=.*|debug|noaudit|quiet_log)$/;

function accessFiles(modules: readonly PamModule[]): PamFacts["access"] {
  try {
    return modules
      .filter(({ name }) => name === "pam_access")
      .flatMap(({ words }) => {
        const unusual = words.filter((word) => !USUAL.test(word));
        const named = words.findLast((word) => word.startsWith("accessfile="))?.slice("accessfile=".length);
        const paths = named === undefined ? [ACCESS, ...dropIns()] : [named];
        return paths.map((path): AccessFile => ({ path, text: textOf(path) ?? "", unusual }));
      });
  } catch {
    return undefined;
  }
}

function dropIns(): string[] {
  try {
    const names = readdirSync(ACCESS_FOLDER).filter((name) => name.endsWith(".conf"));
    return names.toSorted().map((name) => `${ACCESS_FOLDER}/${name}`);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}
