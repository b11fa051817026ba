/** Reads the linker's map, which lists what is in the relay, in another way than the build does. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Cpu } from "../../packaging/build/processors.ts";

/**
 * Finds the origins of the bytes: each line of the memory map that has an address, a size and a file.
 * @returns names of archives and objects, each once, sorted; without the relay's own object, which the compiler names
 */
export function linkedFiles(cpu: Cpu): string[] {
  const map = readFileSync(`dist/relay/${cpu}/authorized-keys.map`, "utf8");
  const placed = map.slice(map.indexOf("\nLinker script and memory map"));
  const found = [...placed.matchAll(/ 0x[0-9a-f]+ +0x(?!0$)[0-9a-f]+ (\/\S+?)(?:\([^)]*\))?$/gm)];
  const names = found.map(([, path = ""]) => basename(path)).filter((name) => !/^cc\w+\.o$/.test(name));
  return [...new Set(names)].sort();
}
