/** What sshd itself does not notice before a login: a user who does not exist, a program that it would not run. */
import { checkProgram } from "../../host/program.ts";
import { groupsOfRootAlone, lookUpAccount, lookUpGroup } from "../accounts.ts";
import { agentOf } from "../agents.ts";
import type { Programs } from "../programs.ts";
import { lookAt, unreachablePart, unsafePart } from "../safe-path.ts";
import { COMMAND, OUR_GROUP, type Ours } from "./pieces.ts";
import type { Refusal } from "./refusal.ts";

export async function unfit(ours: Ours, programs: Programs): Promise<Refusal | undefined> {
  const account = await lookUpAccount(ours.user, programs);
  if (account !== undefined && account.found === undefined) return { why: "no-account", user: ours.user };
  if (ours.member !== undefined && (await lookUpGroup(OUR_GROUP, programs)) === undefined)
    return { why: "no-group", group: OUR_GROUP };

  const look = lookAt(COMMAND);
  if (look.kind === "missing") return { why: "unsafe-program", path: COMMAND, flaw: look.code };
  const writers = look.parts.filter(({ mode }) => (mode & 0o020) !== 0).map(({ gid }) => gid);
  const unsafe = unsafePart(look.parts, await groupsOfRootAlone([...new Set(writers)], programs));
  if (unsafe !== undefined && !unsafe.byDebianSafe)
    return { why: "unsafe-program", path: unsafe.part.path, flaw: unsafe.why };
  const blocked = account?.found && unreachablePart(look.parts, account.found, "execute");
  if (blocked !== undefined)
    return { why: "unsafe-program", path: blocked.path, flaw: `keeps ${ours.user} out, who has to execute it` };
  return chainFlaw(ours.command);
}

/** The very check that a login makes of a command that is chained. */
function chainFlaw(command: string): Refusal | undefined {
  const [program] = agentOf(command)?.chained ?? [];
  if (program === undefined) return undefined;
  try {
    checkProgram(program);
    return undefined;
  } catch (error) {
    return { why: "chain-program", program, flaw: error instanceof Error ? error.message : String(error) };
  }
}
