/**
 * Shows sshd its files as they would be, in a mount namespace that ends with it: what would not work is never written. It
 * takes unshare(1) and the right to mount, which a container's build often lacks; then there is no rehearsal, and what is
 * written is verified all the same.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Exec } from "../inspect/exec.ts";
import type { Change } from "../inspect/file-changes.ts";
import { type Helper, startHelper } from "../inspect/helper.ts";
import { makeScratch, type Scratch } from "../inspect/scratch.ts";
import { backupOf } from "./managed-files.ts";

export interface Rehearsal {
  /** Programs that see the files so. */
  readonly programs: Exec;
  close(): Promise<void>;
}

/**
 * Folders with new or vanished files are seen as a copy in memory, files with other contents through a mount. `/proc` is
 * how the others get in.
 */
const SCRIPT = `
stage=$1; shift
while [ $# -gt 0 ]; do
  case $1 in
    folder) mount -t tmpfs -o mode=0755 tmpfs "$stage/$2"; cp -a "$3/." "$stage/$2/" ;;
    put) cp "$stage/$2" "$stage/$3" ;;
    take) rm -f "$stage/$3" ;;
    show) mount --bind "$stage/$2" "$3" ;;
  esac
  shift 3
done
[ -e "/proc/$$/root" ]
echo ready
cat >/dev/null`;

/**
 * @param main sshd's main file: what of it is not read by sshd (its backup, files of units) is left out
 * @returns undefined where it cannot be done here
 */
export async function rehearse(
  changes: readonly Change[],
  main: string,
  programs: Exec,
): Promise<Rehearsal | undefined> {
  const [unshare, nsenter, sh] = ["unshare", "nsenter", "sh"].map((name) => programs.find(name));
  const files = changes.filter(({ path }) => path !== backupOf(main) && !path.includes("/systemd/"));
  const folders = files.some(({ before, after }) => before.kind === "folder" || after.kind === "folder");
  if (unshare === undefined || nsenter === undefined || sh === undefined || folders) return undefined;

  const staged = stageOf(files);
  if (staged === undefined) return undefined;
  const { scratch, words } = staged;
  const options = ["--mount", "--propagation", "private", sh, "-ec", SCRIPT, "sh", scratch.path, ...words];
  const started = await startHelper(unshare, options, "ready");
  if (started.kind === "ended") {
    scratch.remove();
    return undefined;
  }
  const { helper } = started;
  // The root is named: of a mount namespace alone, it would be that of the whole system, also in a chroot.
  const enter = [`--target=${helper.pid}`, "--mount", `--root=/proc/${helper.pid}/root`, "--wd=/", "--"];
  const run: Exec["run"] = (program, given) => programs.run(nsenter, [...enter, program, ...given]);
  return { close: () => closed(helper, scratch), programs: { ...programs, run } };
}

async function closed(helper: Helper, scratch: Scratch): Promise<void> {
  await helper.end();
  scratch.remove();
}

/** The files as they would be, laid down; undefined where there is no room for them. */
function stageOf(files: readonly Change[]): { scratch: Scratch; words: string[] } | undefined {
  let scratch: Scratch | undefined;
  try {
    scratch = makeScratch();
    return { scratch, words: steps(files, scratch.path) };
  } catch {
    scratch?.remove();
    return undefined;
  }
}

/** What the script is to do, three words each. Files that are shown one by one may lie in a folder that is: they come last. */
function steps(files: readonly Change[], stage: string): string[] {
  const folders: string[] = [];
  const viewOf = (path: string): string => {
    const folder = dirname(path);
    if (!folders.includes(folder)) folders.push(folder);
    return `folder${folders.indexOf(folder)}`;
  };
  const [inFolders, alone] = [[] as string[], [] as string[]];
  files.forEach(({ path, before, after }, index) => {
    const file = `file${index}`;
    if (after.kind === "file") writeFileSync(join(stage, file), after.text, { encoding: "latin1", mode: 0o600 });
    if (before.kind === "file" && after.kind === "file") alone.push("show", file, path);
    else if (after.kind === "file") inFolders.push("put", file, `${viewOf(path)}/${basename(path)}`);
    else inFolders.push("take", "-", `${viewOf(path)}/${basename(path)}`);
  });
  const copied = folders.flatMap((folder, index) => {
    mkdirSync(join(stage, `folder${index}`));
    return ["folder", `folder${index}`, folder];
  });
  const shown = folders.flatMap((folder, index) => ["show", `folder${index}`, folder]);
  return [...copied, ...inFolders, ...shown, ...alone];
}
