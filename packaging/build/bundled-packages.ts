/** The npm packages whose code is inside the program: read from what esbuild says it has put into the bundles. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Metafile } from "esbuild";
import { BUNDLES } from "../../tools/bundle.ts";

/** A package of which at least one byte has come into a bundle. */
export interface Inside {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as its package.json says. */
  readonly licence: string;
  /** Where it lies, `node_modules/yargs`; npm may lay the same version into several places. */
  readonly folders: readonly string[];
  /** SHA-512 of the package's archive in the registry, lower-case hex. */
  readonly sha512: string;
  readonly author: string | undefined;
  /** Licence and notice files, whole. */
  readonly texts: readonly { readonly file: string; readonly text: string }[];
  /** The bundles it is in. */
  readonly bundles: readonly string[];
}

/** @returns sorted by name; two versions of a package are two packages */
export function packagesInside(): Inside[] {
  const alike = Map.groupBy(bundlesByFolder(), ([folder]) => {
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

/** Folders of packages, each with the bundles that something of it has come into. */
function bundlesByFolder(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of ["dist/executable/eic-agent.js", ...BUNDLES.map(({ name }) => `dist/${name}`)]) {
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

/** `node_modules/@peculiar/x509` of a file in it; undefined for the project's own. */
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

/** Of the archive that `npm ci` has unpacked there. */
export function lockedHash(folder: string): string {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { integrity?: string } | undefined>;
  };
  const integrity = /^sha512-(.+)$/.exec(packages[folder]?.integrity ?? "")?.[1];
  if (integrity === undefined) throw new Error(`package-lock.json has no SHA-512 for ${folder}`);
  return Buffer.from(integrity, "base64").toString("hex");
}

/** Node's own licence, with those of all that is inside it: the same for both processors. */
export function nodeLicence(): string {
  const path = `node_modules/node-linux-${process.arch}/LICENSE`;
  if (!existsSync(path)) throw new Error(`${path} is missing, and Node must not be shipped without it`);
  return readFileSync(path, "utf8");
}
