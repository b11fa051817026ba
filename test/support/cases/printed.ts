/** Lines that sshd must receive for a scene, from the document's text and the table, without any code of src. */
import type { Case, Scene } from "./case.ts";

/** Returns `[options] type base64` of each block that must be accepted, without duplicates, in the document's order. */
export function printedLines({ served }: Scene, { expects, options }: Omit<Case, "make" | "name">): string[] {
  if ("fault" in expects) return [];
  const blocks = served.keys
    .toString("latin1")
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== "");
  if (blocks.length !== expects.verdicts.length) throw new Error(`${blocks.length} blocks in the document`);
  const lines = blocks.flatMap((block, i) => {
    const key = block.split("\n").find((line) => line !== "" && !line.startsWith("#")) ?? "";
    return expects.verdicts[i] === "accepted"
      ? [[...(options === undefined ? [] : [options]), ...key.split(" ").slice(0, 2)].join(" ")]
      : [];
  });
  return [...new Set(lines)];
}
