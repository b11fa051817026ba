/** The names of hosts, by the names of the files that a tool wrote. Pure. */

/** Returns the host of each file: its name without .json, .txt or .out, or the whole name if another file has that name, too. */
export function hostNames(files: readonly string[]): Map<string, string> {
  const counts = new Map(files.map((file) => [file, 1]));
  for (const file of files) if (bare(file) !== file) counts.set(bare(file), (counts.get(bare(file)) ?? 0) + 1);
  return new Map(files.map((file) => [file, counts.get(bare(file)) === 1 ? bare(file) : file]));
}

const bare = (file: string): string => file.replace(/(?<=.)\.(json|txt|out)$/s, "");
