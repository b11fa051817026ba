/** Builds the rpm package: fills in the spec file, and runs rpmbuild on the staged tree. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Order, programFor } from "./build-spec.ts";
import { packagesInside } from "./bundled-packages.ts";
import { packageVersion, rpmChangelog } from "./changelog.ts";
import type { Entry } from "./contents.ts";
import { licenceExpression } from "./copyright.ts";
import { glibc } from "./depends.ts";
import { DESCRIPTION, SUMMARY } from "./description.ts";
import { readElf } from "./elf.ts";
import { PROCESSORS } from "./processors.ts";
import { linkedFor } from "./relay-licences.ts";
import { filledSpec, literal, rpmbuild } from "./rpmbuild.ts";
import { withParts } from "./scripts.ts";
import { stage } from "./stage.ts";

/** The package's release number, which follows the program's version. */
const RELEASE = "1";

/** EL 8 supports xz. One thread is used, so that the bytes do not depend on the machine. */
const PAYLOAD = { release: "w6.xzdio", quick: "w3.zstdio" } as const;

export const rpmName = ({ version, cpu }: Pick<Order, "version" | "cpu">): string =>
  `eic-agent-${packageVersion(version)}-${RELEASE}.${PROCESSORS[cpu].rpm}.rpm`;

/** @returns the path of the package */
export function makeRpm(entries: readonly Entry[], order: Order): string {
  const { folder, to, time, cpu } = order;
  const work = resolve(folder, "rpm");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  stage(entries, join(work, "tree"), time);

  // rpmbuild cannot work in a folder with a space in its path, as this may have. It gets a symbolic link without a space.
  const way = mkdtempSync(join(tmpdir(), "eic-rpm-"));
  try {
    const here = join(way, "work");
    symlinkSync(work, here);
    const spec = join(here, "eic-agent.spec");
    writeFileSync(spec, specFile(join(here, "tree"), entries, order));
    rpmbuild(spec, here, PROCESSORS[cpu].rpm, time);
  } finally {
    rmSync(way, { recursive: true });
  }
  const path = join(to, rpmName(order));
  renameSync(join(work, "package.rpm"), path);
  return path;
}

function specFile(tree: string, entries: readonly Entry[], { version, cpu, compression }: Order): string {
  const values: Readonly<Record<string, string>> = {
    VERSION: packageVersion(version),
    RELEASE,
    SUMMARY,
    DESCRIPTION,
    LICENSE: licenceExpression(packagesInside(), linkedFor(cpu)),
    GLIBC: glibc(readElf(programFor(cpu))),
    PAYLOAD: PAYLOAD[compression],
    TREE: literal(tree),
    FILES: entries.map(fileLine).join("\n"),
    CHANGELOG: rpmChangelog(undefined, RELEASE),
  };
  const path = "packaging/rpm/eic-agent.spec";
  return filledSpec(withParts(path, literal), values, path);
}

/** Returns a line with explicit mode and owner, because an ordinary user who builds the package owns the staged files. */
function fileLine(entry: Entry): string {
  if (entry.kind === "folder") return `%dir %attr(0755,root,root) ${entry.path}`;
  if (entry.kind === "link") return `%attr(-,root,root) ${entry.path}`;
  const kind = /^\/usr\/share\/licenses\//.test(entry.path) ? "%license " : "";
  return `${kind}%attr(0${entry.mode.toString(8)},root,root) ${entry.path}`;
}
