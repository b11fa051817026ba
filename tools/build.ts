/** `npm run build`: the two bundles. One file each, so that a login reads one file and nothing of node_modules. */
import { chmodSync, readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

const shared = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node24",
  legalComments: "none",
  define: { __VERSION__: JSON.stringify(version), "import.meta.url": "__importMetaUrl" },
  // yargs 18 is an ES module and asks where it lies; in a CommonJS bundle only this can tell it.
  banner: {
    js: '#!/usr/bin/env node\nconst __importMetaUrl = require("node:url").pathToFileURL(__filename).href;',
  },
  logLevel: "warning",
} as const;

rmSync("dist", { recursive: true, force: true });
for (const [entry, outfile] of [
  ["src/main.ts", "dist/eic-agent.cjs"],
  ["src/simulator/main.ts", "dist/eic-simulator.cjs"],
] as const) {
  await build({ ...shared, entryPoints: [entry], outfile });
  chmodSync(outfile, 0o755);
}
