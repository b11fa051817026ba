/** In which of its forms the program runs: it makes no difference to an answer, and one to its start. */

const FORMS: Readonly<Record<string, string>> = {
  snapshot: "executable with start-up snapshot",
  plain: "executable without start-up snapshot",
};

/** For people. What an executable is was written into it when it was built. */
export function form(): string {
  const { isSea, getAsset } = process.getBuiltinModule("node:sea");
  return isSea() ? (FORMS[getAsset("form", "utf8")] ?? "executable") : "bundle";
}
