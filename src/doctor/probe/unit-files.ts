/** Which of a unit's files sets which setting: its own file, then the drop-ins in the order in which systemd reads them. */
import { readFileSync } from "node:fs";
import type { Properties } from "../../sshd/inspect/systemctl.ts";

/**
 * Maps each setting to the last file that assigns it.
 * @returns the settings of the service's section; files that cannot be read are skipped
 */
export function settersIn(properties: Properties): Map<string, string> {
  const listed = `${properties.get("FragmentPath") ?? ""} ${properties.get("DropInPaths") ?? ""}`;
  const setBy = new Map<string, string>();
  for (const file of listed.split(" ").filter((path) => path.startsWith("/"))) {
    for (const name of assignedIn(textOf(file))) setBy.set(name, file);
  }
  return setBy;
}

/**
 * Lists the assigned settings. systemd.syntax(7): assignments begin a line; comments and continuation lines do not count.
 */
function assignedIn(text: string): string[] {
  const joined = text.replace(/\\\n/g, " ");
  return joined.split("\n").flatMap((line) => {
    const [, name] = /^\s*([A-Za-z]+)\s*=/.exec(line) ?? [];
    return name === undefined ? [] : [name];
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
