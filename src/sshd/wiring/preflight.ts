/** Finds problems that sshd does not notice before a login: a user who does not exist, a program that it would not run. */
import { RELAY_PATH, TRIAL_PATH } from "../../host/installed-paths.ts";
import { checkTrustedProgram } from "../../host/program.ts";
import { type Account, groupsOfRootAlone, lookUpAccount, lookUpGroup } from "../inspect/accounts.ts";
import { agentOf, isTrial } from "../inspect/command-owner.ts";
import type { Exec } from "../inspect/exec.ts";
import { lookUpPath, reachFlaw, safePathFlaw } from "../inspect/safe-path.ts";
import { type ManagedSettings, OUR_GROUP } from "./managed-files.ts";
import type { Refusal } from "./refusal.ts";

export async function preflightFlaw(ours: ManagedSettings, programs: Exec): Promise<Refusal | undefined> {
  const account = await lookUpAccount(ours.user, programs);
  if (account !== undefined && account.found === undefined) return { why: "no-account", user: ours.user };
  if (ours.member !== undefined && (await lookUpGroup(OUR_GROUP, programs)) === undefined)
    return { why: "no-group", group: OUR_GROUP };

  for (const path of isTrial(ours.command) ? [TRIAL_PATH, RELAY_PATH] : [RELAY_PATH]) {
    const flaw = await programFlaw(path, account?.found, ours.user, programs);
    if (flaw !== undefined) return flaw;
  }
  return chainFlaw(ours.command);
}

/** Checks that sshd runs this program of ours, and that the user may execute it. */
async function programFlaw(
  path: string,
  account: Account | undefined,
  user: string,
  programs: Exec,
): Promise<Refusal | undefined> {
  const look = lookUpPath(path);
  if (look.kind === "missing") return { why: "unsafe-program", path, flaw: look.code };
  const writers = look.parts.filter(({ mode }) => (mode & 0o020) !== 0).map(({ gid }) => gid);
  const unsafe = safePathFlaw(look.parts, await groupsOfRootAlone([...new Set(writers)], programs));
  if (unsafe !== undefined && !unsafe.byDebianSafe)
    return { why: "unsafe-program", path: unsafe.part.path, flaw: unsafe.why };
  const blocked = account && reachFlaw(look.parts, account, "execute");
  if (blocked === undefined) return undefined;
  return { why: "unsafe-program", path: blocked.path, flaw: `is closed to ${user}, which must execute it` };
}

/** Checks a chained command exactly as a login does. */
function chainFlaw(command: string): Refusal | undefined {
  const [program] = agentOf(command)?.chained ?? [];
  if (program === undefined) return undefined;
  try {
    checkTrustedProgram(program);
    return undefined;
  } catch (error) {
    return { why: "chain-program", program, flaw: error instanceof Error ? error.message : String(error) };
  }
}
