/** What every rpm of ours is built by: a spec file with marks, filled in, and one call of rpmbuild. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

/**
 * Runs rpmbuild with a folder of our own for everything, and none of the person's or the system's settings for where
 * things go.
 * @param folder absolute, without a space in it: rpmbuild cannot work in one
 * @param target as rpm calls processors, or noarch
 * @param time seconds since 1970, the only one in the package
 * @returns the path of the package
 * @throws Error where rpmbuild fails; it has said why
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

/** What is put into a spec file as it is: there, a percent sign begins a macro. */
export const literal = (text: string): string => text.replaceAll("%", "%%");

/**
 * @param spec with marks, `@NAME@`
 * @param path of it, for messages
 * @throws Error where nothing stands for a mark
 */
export function filledSpec(spec: string, values: Readonly<Record<string, string>>, path: string): string {
  return spec.replace(/@([A-Z]+)@/g, (mark, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${path}: nothing stands for ${mark}`);
    return value;
  });
}
