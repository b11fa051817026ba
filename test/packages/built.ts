/** The packages that `npm run package` has made, and queries with dpkg-deb and rpm. */
import { readFileSync } from "node:fs";
import { mustRun } from "../support/namespace-run.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

/** Paths with the names that users download. */
export const DEBS = [
  { cpu: "x64", path: `dist/packages/eic-agent_${version}_amd64.deb` },
  { cpu: "arm64", path: `dist/packages/eic-agent_${version}_arm64.deb` },
] as const;
export const RPMS = [
  { cpu: "x64", path: `dist/packages/eic-agent-${version}-1.x86_64.rpm` },
  { cpu: "arm64", path: `dist/packages/eic-agent-${version}-1.aarch64.rpm` },
] as const;
export const PACKAGES = [...DEBS, ...RPMS];
/** For every processor. */
export const SELINUX_RPM = `dist/packages/eic-agent-selinux-${version}-1.noarch.rpm`;

/** Runs a program. @returns its standard output, without the last line's end */
export const ask = async (...words: string[]): Promise<string> => (await mustRun(words)).stdout.trimEnd();

export const field = (path: string, name: string): Promise<string> => ask("dpkg-deb", "--field", path, name);

/** Queries an rpm package with a query format. */
export const query = (path: string, format: string): Promise<string> =>
  ask("rpm", "-qp", "--queryformat", format, path);

/** Returns the whole text of a file in a Debian package. */
export const fileInDeb = (path: string, file: string): Promise<string> =>
  ask("sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -xO "$2"', "sh", path, `.${file}`);

/** Returns the SHA-256 of a file in a package, in hex; "" if the package has no such file. */
export async function sha256In(path: string, file: string): Promise<string> {
  if (path.endsWith(".deb")) {
    const asked = 'dpkg-deb --fsys-tarfile "$1" | tar -xO "$2" | sha256sum';
    return (await ask("sh", "-c", asked, "sh", path, `.${file}`)).slice(0, 64);
  }
  const digests = await query(path, "[%{FILEDIGESTS} %{FILENAMES}\n]");
  return (
    digests
      .split("\n")
      .find((line) => line.endsWith(` ${file}`))
      ?.slice(0, 64) ?? ""
  );
}

/** Returns the SHA-256 of each file below a folder of a package, in hex, by its path: the package is unpacked only once. */
export async function sha256Below(path: string, folder: string): Promise<Record<string, string>> {
  const each = 'echo "$(sha256sum | cut -c1-64) $TAR_FILENAME"';
  const unpacked = 'dpkg-deb --fsys-tarfile "$1" | tar -x --to-command="$3" ".$2"';
  const lines = path.endsWith(".deb")
    ? await ask("sh", "-c", unpacked, "sh", path, folder, each)
    : await query(path, "[%{FILEDIGESTS} %{FILENAMES}\n]");
  const pairs = lines.split("\n").map((line) => [line.slice(65).replace(/^\./, ""), line.slice(0, 64)] as const);
  return Object.fromEntries(pairs.filter(([name, sum]) => name.startsWith(`${folder}/`) && sum.trim().length === 64));
}
