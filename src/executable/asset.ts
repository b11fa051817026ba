/**
 * The bundles inside the single executable. There is no file beside it to require: they are its assets, compiled at
 * the first use, and what they require is Node's own or another asset.
 */
const loaded = new Map<string, { exports: unknown }>();

/** @param name of a bundle, as in dist/ */
export function requireAsset(name: string): unknown {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const module = { exports: {} as unknown };
  loaded.set(name, module);
  // Asked for only here: when a snapshot is made there are no assets.
  const text = process.getBuiltinModule("node:sea").getAsset(name, "utf8");
  const filename = `${process.execPath}/${name}`;
  // The first line names an interpreter; nothing in a function may begin with #.
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
