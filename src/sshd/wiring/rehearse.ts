/**
 * Shows sshd its files as they would be, in a mount namespace that ends afterwards: a change that would not work is never
 * written. This needs unshare(1) and the right to mount, which a container's build often lacks. Without them there is no
 * rehearsal, but the written files are verified in any case.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Exec } from "../inspect/exec.ts";
import type { Change } from "../inspect/file-changes.ts";
import { type Helper, startHelper } from "../inspect/helper.ts";
import { MOUNT_HERE } from "../inspect/mount-script.ts";
import { makeScratch, type Scratch } from "../inspect/scratch.ts";
import { backupOf } from "./managed-files.ts";

export interface Rehearsal {
  /** Runs programs that see the files as they would be. */
  readonly programs: Exec;
  close(): Promise<void>;
}

/**
 * Directories with new or removed files are shown as a copy in memory, files with other contents by a bind mount. Other
 * programs enter the namespace by `/proc`.
 */
const SCRIPT = `${MOUNT_HERE}
stage=$1; shift
while [ $# -gt 0 ]; do
  case $1 in
    folder) mount_here -t tmpfs -o mode=0755 tmpfs "$stage/$2"; cp -a "$3/." "$stage/$2/" ;;
    put) cp "$stage/$2" "$stage/$3" ;;
    take) rm -f "$stage/$3" ;;
    show) mount_here --bind "$stage/$2" "$3" ;;
  esac
  shift 3
done
[ -e "/proc/$$/root" ]
echo ready
cat >/dev/null`;

/**
 * Makes a rehearsal of `changes`.
 * @param main sshd's main file; changes that sshd does not read (its backup, files of units) are left out
 * @returns undefined if it cannot be done here
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
  // The root is given: with the mount namespace alone it would be the root of the whole system, even inside a chroot.
  const enter = [`--target=${helper.pid}`, "--mount", `--root=/proc/${helper.pid}/root`, "--wd=/", "--"];
  const run: Exec["run"] = (program, given) => programs.run(nsenter, [...enter, program, ...given]);
  return { close: () => closed(helper, scratch), programs: { ...programs, run } };
}

async function closed(helper: Helper, scratch: Scratch): Promise<void> {
  await helper.end();
  scratch.remove();
}

/** Writes the files as they would be to a scratch directory; undefined if there is not enough space. */
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

/** Returns the script's steps, three words each. Single files come last: they may be in a directory that is shown. */
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
