/** Builds every rpm of this project: a spec file with placeholders is filled in, and rpmbuild is run once. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

/**
 * Runs rpmbuild with one folder for everything, which replaces all paths in the user's and the system's settings.
 * @param folder absolute path without a space, with which rpmbuild cannot work
 * @param target rpm's name of the processor, or noarch
 * @param time the only timestamp in the package; seconds since 1970
 * @returns the path of the package
 * @throws Error if rpmbuild fails; it has printed the reason
 */
export function rpmbuild(spec: string, folder: string, target: string, time: number): string {
  const name = "package.rpm";
  const places = { _topdir: folder, _tmppath: folder, _rpmdir: folder, _rpmfilename: name };
  const defines = Object.entries(places).flatMap(([macro, value]) => ["--define", `${macro} ${value}`]);
  execFileSync("rpmbuild", ["-bb", "--quiet", "--target", `${target}-linux`, ...defines, spec], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(time), LC_ALL: "C.UTF-8" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return join(folder, name);
}

/** Escapes a text that is put literally into a spec file, in which a percent sign begins a macro. */
export const literal = (text: string): string => text.replaceAll("%", "%%");

/**
 * @param spec text with placeholders, `@NAME@`
 * @param path of the spec file, for messages
 * @throws Error if a placeholder has no value
 */
export function filledSpec(spec: string, values: Readonly<Record<string, string>>, path: string): string {
  return spec.replace(/@([A-Z]+)@/g, (mark, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${path}: no value for ${mark}`);
    return value;
  });
}
