/**
 * Loads the bundles inside the single executable. They cannot be required from files: they are its assets, compiled at
 * first use. They require only Node's modules or another asset.
 */
const loaded = new Map<string, { exports: unknown }>();

/** @param name name of a bundle, as in dist/ */
export function requireAsset(name: string): unknown {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} as unknown };
  loaded.set(name, module);
  // Called only here, because assets do not exist when a snapshot is made.
  const text = process.getBuiltinModule("node:sea").getAsset(name, "utf8");
  const filename = `${process.execPath}/${name}`;
  // The first line names an interpreter; a function body must not begin with #.
  const body = text.replace(/^#!/, "//");
  const { compileFunction } = process.getBuiltinModule("node:vm");
  compileFunction(body, ["module", "exports", "require", "__filename"], { filename })(
    module,
    module.exports,
    requireFrom,
    filename,
  );
  return module.exports;
}

function requireFrom(name: string): unknown {
  if (name.startsWith("./")) return requireAsset(name.slice(2));
  const builtin = process.getBuiltinModule(name);
  if (builtin === undefined) throw new Error(`no module ${name} in the executable`);
  return builtin;
}
