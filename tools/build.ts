/**
 * `npm run build`: the bundles. A login reads dist/eic-agent.cjs and nothing else: what only some calls need (the
 * command line for people, the settings file's parsers) would cost every call its parsing, so it lies beside it.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { build, type Plugin } from "esbuild";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

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
  // A dynamic import becomes a require: a real import() starts the loader of ES modules, which costs 25 ms.
  supported: { "dynamic-import": false },
  define: { __VERSION__: JSON.stringify(version), "import.meta.url": "__importMetaUrl" },
  // yargs 18 is an ES module and asks where it lies; in a CommonJS bundle only this can tell it.
  banner: {
    js: '#!/usr/bin/env node\nconst __importMetaUrl = require("node:url").pathToFileURL(__filename).href;',
  },
  logLevel: "warning",
} as const;

/** Modules that main.ts imports when they are needed, and the bundle beside it that each becomes. */
const ASIDE = new Map([
  ["./cli/cli.ts", "eic-agent-cli"],
  ["./settings-file.ts", "eic-agent-settings"],
  ["./another/beside.ts", "eic-agent-another"],
  ["./audit/audit.ts", "eic-agent-audit"],
  ["../audit/audit.ts", "eic-agent-audit"],
  ["./service/serve.ts", "eic-agent-service"],
]);
const aside: Plugin = {
  name: "aside",
  setup: (bundle) => {
    bundle.onResolve({ filter: /\.ts$/ }, ({ path, kind }) => {
      const name = kind === "dynamic-import" ? ASIDE.get(path) : undefined;
      return name === undefined ? undefined : { path: `./${name}.cjs`, external: true };
    });
  },
};

/**
 * Parts of pino that need threads or files of their own. The audit hands pino a place to write to, so they are never
 * reached, and loading them would take a third of the time that pino takes.
 */
const NEVER = /^(worker_threads|thread-stream|sonic-boom|on-exit-leak-free|(\.\/lib|\.)\/(transport|multistream))$/;
const pinoAlone: Plugin = {
  name: "pino-alone",
  setup: (bundle) => {
    bundle.onResolve({ filter: NEVER }, ({ path, importer }) =>
      /\/node_modules\/pino\//.test(importer) ? { path, namespace: "never" } : undefined,
    );
    bundle.onLoad({ filter: /./, namespace: "never" }, ({ path }) => ({
      contents: path === "worker_threads" ? "exports.isMainThread = true" : "module.exports = class {}",
    }));
  },
};

mkdirSync("dist", { recursive: true });
for (const [entry, outfile] of [
  ["src/main.ts", "dist/eic-agent.cjs"],
  ["src/cli/cli.ts", "dist/eic-agent-cli.cjs"],
  ["src/settings-file.ts", "dist/eic-agent-settings.cjs"],
  ["src/another/beside.ts", "dist/eic-agent-another.cjs"],
  ["src/audit/audit.ts", "dist/eic-agent-audit.cjs"],
  ["src/service/serve.ts", "dist/eic-agent-service.cjs"],
  ["src/simulator/main.ts", "dist/eic-simulator.cjs"],
] as const) {
  const { outputFiles } = await build({ ...shared, entryPoints: [entry], outfile, plugins: [aside, pinoAlone] });
  for (const { path, contents } of outputFiles) {
    // Renamed into place: a program that is starting right now sees the old bundle or the new one.
    const fresh = `${path}.${process.pid}`;
    writeFileSync(fresh, contents, { mode: 0o755 });
    renameSync(fresh, path);
  }
}
