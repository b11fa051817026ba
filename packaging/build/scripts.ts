/** Maintainer scripts and scriptlets: the parts that both kinds of packages share are put in where their names stand. */
import { readFileSync } from "node:fs";

const PARTS = { "@SAY@": "say", "@ACCOUNT@": "account", "@SSHD@": "sshd" } as const;

/**
 * @param path of a script or spec file
 * @param quoted a part as it has to be written there
 */
export function withParts(path: string, quoted = (part: string) => part): string {
  return Object.entries(PARTS).reduce(
    (script, [mark, name]) => {
      const part = readFileSync(`packaging/scripts/${name}.sh`, "utf8").trimEnd();
      return script.replaceAll(mark, () => quoted(part));
    },
    readFileSync(path, "utf8"),
  );
}
