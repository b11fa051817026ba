/**
 * Checks owner and mode of the files that sshd runs, by sshd's own rule, and whether the command's user can reach them.
 * Pure.
 */
import { type PathLookup, reachFlaw, safePathFlaw, type UnsafePart } from "../../sshd/inspect/safe-path.ts";
import { describeCheck, type Finding } from "../finding.ts";
import type { CommandFacts } from "./command-facts.ts";

const { ok, warning, failed, needsRoot, notApplicable } = describeCheck("command-path");

export function judgePath(facts: CommandFacts): Finding {
  const { inForce, agent, looks } = facts;
  if (inForce === undefined) return needsRoot("sshd's configuration");
  if (agent === undefined) return notApplicable("no command");
  const flaws = looks.flatMap(({ path, look }) => flawOf(path, look, facts) ?? []);
  const [worst] = [...flaws.filter(({ status }) => status === "failed"), ...flaws];
  const files = looks.map(({ path }) => path).join(" and ");
  return worst ?? ok(`${files} and every folder above: belongs to root, writable by root only`);
}

function flawOf(file: string, look: PathLookup, { agent, account, rootsGroups }: CommandFacts): Finding | undefined {
  if (look.kind === "missing") {
    if (look.code === "EACCES") return needsRoot(`reading ${file}`);
    return failed(`${file}: ${look.code}`, "install the program, or correct AuthorizedKeysCommand", { file });
  }
  const unsafe = safePathFlaw(look.parts, rootsGroups);
  if (unsafe !== undefined) return unsafeFinding(file, file === agent?.program, unsafe);

  const wanted = agent?.files.includes(file) ? "read" : "execute";
  const found = account?.found;
  const blocked = found && reachFlaw(look.parts, found, wanted);
  if (blocked === undefined) return undefined;
  const message = `${file}: ${blocked.path} is closed to ${found?.name}, which must ${wanted} it`;
  return failed(message, `chmod a+rx ${blocked.path}`, { file, part: blocked.path });
}

/**
 * Describes an unsafe file. sshd checks only the program, but write access to a script or bundle that the program is given
 * is as powerful.
 */
function unsafeFinding(file: string, isProgram: boolean, { part, why, byDebianSafe }: UnsafePart): Finding {
  const message = part.path === file ? `${file} ${why}` : `${file}: ${part.path} ${why}`;
  const facts = { file, part: part.path };
  if (byDebianSafe) {
    const whom = "only root is in that group, which the sshd of Debian and Ubuntu accepts, and others refuse";
    return warning(`${message}; ${whom}`, `chmod g-w ${part.path}`, facts);
  }
  const whom = isProgram ? "sshd refuses to run it" : "any user who can write there decides who logs in";
  const hint = `chown root ${part.path} && chmod go-w ${part.path}; not below /tmp or a home`;
  return failed(`${message}; ${whom}`, hint, facts);
}
