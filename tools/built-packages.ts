/** The builds of the packages that are installed in tests. CI builds them once, in `npm run test:packages`. */
import { existsSync } from "node:fs";

/**
 * @param cpu as in packaging/build/processors.ts
 * @returns scripts with their arguments, to run one after another; none if EIC_BUILT=packages says that this checkout's
 * packages are built, and they are there
 */
export function packageBuilds(cpu: string): readonly (readonly string[])[] {
  if (isBuilt("dist/packages")) return [];
  return [["tools/build.ts"], ["packaging/build/package.ts", "--cpu", cpu]];
}

/** The same for the programs in the packages. The executable's build also writes the bundles. */
export function programBuilds(cpu: string): readonly (readonly string[])[] {
  if (isBuilt(`dist/executable/${cpu}/eic-agent`, `dist/relay/${cpu}/trial`, "dist/eic-agent.cjs")) return [];
  return [["packaging/build/executable.ts"], ["packaging/build/relay.ts"]];
}

const isBuilt = (...paths: readonly string[]): boolean =>
  process.env.EIC_BUILT === "packages" && paths.every((path) => existsSync(path));
