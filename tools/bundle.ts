/**
 * Builds the bundles from the sources. A login reads only one bundle. Code that only some calls need (the command line for
 * people, the parsers of the settings file) is in separate bundles, because every call would have to parse it.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { build, type Metafile, type OnResolveArgs, type OutputFile, type Plugin } from "esbuild";

export const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

const shared = {
  bundle: true,
  write: false,
  platform: "node",
  format: "cjs",
  target: "node24",
  legalComments: "none",
  minifySyntax: true,
  minifyWhitespace: true,
  minifyIdentifiers: true,
  // A dynamic import becomes a require: a real import() starts the ES module loader, which costs 25 ms.
  supported: { "dynamic-import": false },
  logLevel: "warning",
  metafile: true,
} as const;

/** Options for bundles that are files: `node eic-agent.cjs`, and the bundles that it requires. */
const asFile = {
  define: { __VERSION__: JSON.stringify(version), "import.meta.url": "__importMetaUrl" },
  // yargs 18 is an ES module and reads import.meta.url; in a CommonJS bundle only this can provide it.
  banner: {
    js: '#!/usr/bin/env node\nconst __importMetaUrl = require("node:url").pathToFileURL(__filename).href;',
  },
} as const;

/** The bundles: their sources, and their names in dist/. An import() of one of these sources loads its bundle. */
export const BUNDLES = [
  { entry: "src/bundle.ts", name: "eic-agent.cjs" },
  { entry: "src/cli/cli.ts", name: "eic-agent-cli.cjs" },
  { entry: "src/settings/parse.ts", name: "eic-agent-settings.cjs" },
  { entry: "src/chained/run-chained.ts", name: "eic-agent-chained.cjs" },
  { entry: "src/trial/one-shot.ts", name: "eic-agent-trial.cjs" },
  { entry: "src/audit/audit.ts", name: "eic-agent-audit.cjs" },
  { entry: "src/service/server/process.ts", name: "eic-agent-service.cjs" },
  { entry: "src/simulator/main.ts", name: "eic-simulator.cjs" },
] as const;

/** Returns the bundle that an import loads; undefined for a module that is part of the importing bundle. */
function lazyBundleOf({ path, kind, resolveDir }: OnResolveArgs): (typeof BUNDLES)[number] | undefined {
  const source = relative(".", resolve(resolveDir, path));
  return kind === "dynamic-import" ? BUNDLES.find(({ entry }) => entry === source) : undefined;
}

/** Replaces the import of such a module by a require of the bundle in the same folder. */
const external: Plugin = {
  name: "lazy-bundle",
  setup: (bundle) => {
    bundle.onResolve({ filter: /\.ts$/ }, (what) => {
      const name = lazyBundleOf(what)?.name;
      return name === undefined ? undefined : { path: `./${name}`, external: true };
    });
  },
};

/**
 * The executable has no bundles in its folder: they are its assets, and src/executable/asset.ts requires them.
 * @param inside sources of bundles that are part of its script nevertheless
 */
const asset = (inside: readonly string[]): Plugin => ({
  name: "asset",
  setup: (bundle) => {
    bundle.onResolve({ filter: /\.ts$/ }, (what) => {
      const lazy = lazyBundleOf(what);
      return lazy === undefined || inside.includes(lazy.entry) ? undefined : { path: lazy.name, namespace: "asset" };
    });
    bundle.onLoad({ filter: /./, namespace: "asset" }, ({ path }) => ({
      contents: `module.exports = require("./src/executable/asset.ts").requireAsset(${JSON.stringify(path)});`,
      resolveDir: process.cwd(),
    }));
  },
});

/**
 * Modules of pino that need threads or separate files. The audit passes pino a destination, so they are never used, and
 * loading them would take a third of the time that pino takes. pino reads the host name when it is loaded; no audit record
 * contains it, and it would be that of the machine that makes the snapshot.
 */
const NEVER =
  /^(node:os|worker_threads|thread-stream|sonic-boom|on-exit-leak-free|(\.\/lib|\.)\/(transport|multistream))$/;
const INSTEAD: Readonly<Record<string, string>> = {
  worker_threads: "exports.isMainThread = true",
  "node:os": 'exports.hostname = () => ""',
};
const pinoAlone: Plugin = {
  name: "pino-alone",
  setup: (bundle) => {
    bundle.onResolve({ filter: NEVER }, ({ path, importer }) =>
      /\/node_modules\/pino\//.test(importer) ? { path, namespace: "never" } : undefined,
    );
    bundle.onLoad({ filter: /./, namespace: "never" }, ({ path }) => ({
      contents: INSTEAD[path] ?? "module.exports = class {}",
    }));
  },
};

/** Writes all of BUNDLES into `folder`. */
export async function writeBundles(folder: string): Promise<void> {
  for (const { entry, name } of BUNDLES) {
    const made = await build({ ...shared, ...asFile, entryPoints: [entry], plugins: [external, pinoAlone] });
    write(`${folder}/${name}`, made);
  }
}

/** The bundles of the npm package `eic-simulator`: the program, and the module that is imported. */
const PACKAGE_BUNDLES = [
  { entry: "src/simulator/main.ts", name: "eic-simulator.cjs" },
  { entry: "src/simulator/index.ts", name: "index.cjs" },
] as const;

/** Writes the bundles of the npm package, for the oldest Node that it supports. @returns their paths */
export async function writePackageBundles(folder: string): Promise<string[]> {
  for (const { entry, name } of PACKAGE_BUNDLES) {
    write(`${folder}/${name}`, await build({ ...shared, ...asFile, target: "node20", entryPoints: [entry] }));
  }
  return PACKAGE_BUNDLES.map(({ name }) => `${folder}/${name}`);
}

/** Entry point of the script of each form of the executable, and the modules that are part of the script. */
const SCRIPTS = {
  plain: { entry: "src/executable/plain.ts", inside: [] },
  snapshot: { entry: "src/executable/snapshot.ts", inside: ["src/settings/parse.ts", "src/audit/audit.ts"] },
} as const;

export type Form = keyof typeof SCRIPTS;

/** Writes the script that a form of the executable is made from; the bundles become its assets. */
export async function writeScript(form: Form, path: string): Promise<void> {
  const { entry, inside } = SCRIPTS[form];
  const define = { __VERSION__: JSON.stringify(version) };
  const made = await build({ ...shared, define, entryPoints: [entry], plugins: [asset(inside), pinoAlone] });
  write(path, made);
}

function write(path: string, { outputFiles, metafile }: { outputFiles: OutputFile[]; metafile: Metafile }): void {
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild made nothing for ${path}`);
  replace(path, output.contents, 0o755);
  replace(`${path}.meta.json`, JSON.stringify(metafile), 0o644);
}

function replace(path: string, contents: Uint8Array | string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  // Rename into place: a program that is starting at the moment reads either the old bundle or the new bundle.
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, contents, { mode });
  renameSync(fresh, path);
}
