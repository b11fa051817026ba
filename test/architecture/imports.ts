/** The imports of a source file. */
import { readFileSync } from "node:fs";

export interface Import {
  readonly name: string;
  readonly typeOnly: boolean;
}

/** Finds imports in every form that this project uses, as text: TypeScript 7 has no compiler API. */
export function importsOf(file: string): Import[] {
  const source = readFileSync(file, "utf8");
  // `typeof import("…")` imports a type; a plain import("…") does not.
  const forms: [RegExp, boolean][] = [
    [/(?:^|\n)(?:import|export)\s+type\s[^;"']*?from\s+"([^"]+)"/g, true],
    [/(?:^|\n)(?:import|export)\s+(?!type\s)[^;"']*?from\s+"([^"]+)"/g, false],
    [/(?:^|\n)import\s+"([^"]+)"/g, false],
    [/typeof import\("([^"]+)"\)/g, true],
    [/(?<!typeof )\bimport\("([^"]+)"\)/g, false],
    [/getBuiltinModule\("([^"]+)"\)/g, false],
    [/\brequire\("([^"]+)"\)/g, false],
  ];
  return forms.flatMap(([form, typeOnly]) => [...source.matchAll(form)].map(([, name = ""]) => ({ name, typeOnly })));
}
