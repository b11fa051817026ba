/** The form in which the program runs. It affects the start-up time, not the answers. */

const FORMS: Readonly<Record<string, string>> = {
  snapshot: "executable with start-up snapshot",
  plain: "executable without start-up snapshot",
};

/** Returns the form as text for the user. The build writes it into the executable. */
export function form(): string {
  const { isSea, getAsset } = process.getBuiltinModule("node:sea");
  return isSea() ? (FORMS[getAsset("form", "utf8")] ?? "executable") : "bundle";
}
