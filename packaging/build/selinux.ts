/**
 * `npm run package:selinux`: builds dist/packages/eic-agent-selinux-<v>-1.noarch.rpm. The policy is packed as it was
 * reviewed: it is CIL, which is compiled on installation, so nothing has to be built here for any version of SELinux.
 */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepare } from "../../tools/setup.ts";
import { packageVersion, rpmChangelog } from "./changelog.ts";
import { filledSpec, literal, rpmbuild } from "./rpmbuild.ts";
import { writeSelinuxSbom } from "./sbom.ts";
import { sourceDate } from "./source-date.ts";

const FROM = "packaging/selinux";

export const selinuxName = (version: string): string => `eic-agent-selinux-${packageVersion(version)}-1.noarch.rpm`;

/**
 * Makes the package and its SBOM. Those of other versions in the folder are removed.
 * @param to destination folder
 * @returns the path of the package
 * @throws Error if rpmbuild fails; it has printed the reason
 */
export function makeSelinuxRpm(version: string, to: string): string {
  const time = sourceDate();
  mkdirSync(to, { recursive: true });
  // rpmbuild cannot work in a folder with a space in its path, and `to` may have a space.
  const work = mkdtempSync(join(tmpdir(), "eic-selinux-"));
  try {
    // A copy, because its timestamp is in the package.
    const module = join(work, "eic_agent.cil");
    writeFileSync(module, readFileSync(`${FROM}/eic_agent.cil`));
    utimesSync(module, time, time);
    const spec = join(work, "eic-agent-selinux.spec");
    writeFileSync(spec, specFile(packageVersion(version), module));
    const made = rpmbuild(spec, work, "noarch", time);
    for (const old of readdirSync(to).filter((name) => /^eic-agent-selinux-.*\.noarch\.rpm/.test(name))) {
      rmSync(join(to, old));
    }
    const path = join(to, selinuxName(version));
    copyFileSync(made, path);
    const installed = "/usr/share/selinux/packages/eic_agent.cil";
    writeSelinuxSbom(path, { path: installed, kind: "file", mode: 0o644, from: module }, { version, time });
    return path;
  } finally {
    rmSync(work, { recursive: true });
  }
}

function specFile(version: string, module: string): string {
  const values: Readonly<Record<string, string>> = {
    VERSION: version,
    MODULE: literal(module),
    SCRIPTLETS: literal(readFileSync(`${FROM}/scriptlets.sh`, "utf8").trimEnd()),
    CHANGELOG: rpmChangelog(),
  };
  const path = `${FROM}/eic-agent-selinux.spec`;
  return filledSpec(readFileSync(path, "utf8"), values, path);
}

if (import.meta.main) {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  await prepare((line) => void process.stdout.write(`${line}\n`), ["selinux-package"]);
  const path = makeSelinuxRpm(version, "dist/packages");
  process.stdout.write(`${path}: ${statSync(path).size} bytes\n`);
}
