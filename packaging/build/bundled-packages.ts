/** The npm packages whose code is in the program, read from esbuild's lists of the contents of the bundles. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Metafile } from "esbuild";
import { BUNDLES } from "../../tools/bundle.ts";

/** A package of which at least one byte is in a bundle. */
export interface Inside {
  readonly name: string;
  readonly version: string;
  /** SPDX expression from its package.json. */
  readonly licence: string;
  /** Its folders, such as `node_modules/yargs`; npm may install the same version in several folders. */
  readonly folders: readonly string[];
  /** SHA-512 of the package's archive in the registry, lower-case hex. */
  readonly sha512: string;
  readonly author: string | undefined;
  /** Licence and notice files, complete. */
  readonly texts: readonly { readonly file: string; readonly text: string }[];
  /** The bundles that contain it. */
  readonly bundles: readonly string[];
}

/** The agent's executable, and everything that is packed with it. */
const IN_PACKAGES = ["dist/executable/eic-agent.js", ...BUNDLES.map(({ name }) => `dist/${name}`)];

/**
 * @param paths of bundles, each with its metafile next to it
 * @returns sorted by name; two versions of a package count as two packages
 */
export function packagesInside(paths: readonly string[] = IN_PACKAGES): Inside[] {
  const alike = Map.groupBy(bundlesByFolder(paths), ([folder]) => {
    const { name, version } = manifestOf(folder);
    return `${name}@${version}`;
  });
  const found = [...alike].map(([id, places]) => {
    const folders = places.map(([folder]) => folder).sort();
    const bundles = [...new Set(places.flatMap(([, names]) => names))].sort();
    return { id, inside: describe(folders, bundles) };
  });
  return found.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ inside }) => inside);
}

/** Returns the folders of packages, each with the bundles that contain code from it. */
function bundlesByFolder(paths: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const name = basename(path);
    const { outputs } = JSON.parse(readFileSync(`${path}.meta.json`, "utf8")) as Metafile;
    const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
    for (const [input, { bytesInOutput }] of inputs) {
      const folder = folderOf(input);
      if (folder === undefined || bytesInOutput === 0) continue;
      const bundles = found.get(folder) ?? [];
      if (!bundles.includes(name)) found.set(folder, [...bundles, name]);
    }
  }
  return found;
}

/** Returns the package's folder of a file, such as `node_modules/@peculiar/x509`; undefined for the project's own files. */
const folderOf = (path: string): string | undefined => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Manifest;

function describe(folders: readonly string[], bundles: readonly string[]): Inside {
  const [folder = ""] = folders;
  const { name, version, license, author } = manifestOf(folder);
  if (license === undefined) throw new Error(`${folder}/package.json names no licence, so it must not be shipped`);
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice|copyright)/i.test(file))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(folder, file), "utf8") }));
  if (!texts.some(({ file }) => /^(licen[cs]e|copying)/i.test(file))) {
    throw new Error(`${folder} has no licence file, so it must not be shipped`);
  }
  const authorName = typeof author === "string" ? author : author?.name;
  return { name, version, licence: license, folders, sha512: lockedHash(folder), author: authorName, texts, bundles };
}

/** Returns the SHA-512 of the archive that `npm ci` has unpacked into the folder. */
export function lockedHash(folder: string): string {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { integrity?: string } | undefined>;
  };
  const integrity = /^sha512-(.+)$/.exec(packages[folder]?.integrity ?? "")?.[1];
  if (integrity === undefined) throw new Error(`package-lock.json has no SHA-512 for ${folder}`);
  return Buffer.from(integrity, "base64").toString("hex");
}

/** Returns Node's licence, including the licences of everything in Node. It is the same for both processors. */
export function nodeLicence(): string {
  const path = `node_modules/node-linux-${process.arch}/LICENSE`;
  if (!existsSync(path)) throw new Error(`${path} is missing, and Node must not be shipped without it`);
  return readFileSync(path, "utf8");
}
