/** Maintainer scripts and scriptlets: inserts the parts that both kinds of packages share in place of their names. */
import { readFileSync } from "node:fs";

const PARTS = {
  "@SAY@": "packaging/scripts/say.sh",
  "@ACCOUNT@": "packaging/scripts/account.sh",
  "@RUNTIME@": "packaging/scripts/runtime.sh",
  "@UNITS@": "packaging/scripts/units.sh",
  "@DEBUNITS@": "packaging/deb/units.sh",
  "@RPMUNITS@": "packaging/rpm/units.sh",
  "@SSHD@": "packaging/scripts/sshd.sh",
  "@SELINUX@": "packaging/scripts/selinux.sh",
} as const;

/**
 * @param path of a script or spec file
 * @param quoted escapes a part for that file
 */
export function withParts(path: string, quoted = (part: string) => part): string {
  return Object.entries(PARTS).reduce(
    (script, [mark, from]) => {
      const part = readFileSync(from, "utf8").trimEnd();
      return script.replaceAll(mark, () => quoted(part));
    },
    readFileSync(path, "utf8"),
  );
}
