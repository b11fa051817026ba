/** The builds of the packages that are installed in tests. CI builds them once, in `npm run test:packages`. */
import { existsSync } from "node:fs";

/**
 * @param cpu as in packaging/build/processors.ts
 * @returns scripts with their arguments, to run one after another; none if EIC_BUILT=packages says that this checkout's
 * packages are built, and they are there
 */
export function packageBuilds(cpu: string): readonly (readonly string[])[] {
  if (process.env.EIC_BUILT === "packages" && existsSync("dist/packages")) return [];
  return [["tools/build.ts"], ["packaging/build/package.ts", "--cpu", cpu]];
}
