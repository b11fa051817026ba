/** SELinux and AppArmor: whether one is enforced, and whether it denied something to sshd or to us lately. Pure. */
import { quoted } from "../../core/verdict.ts";
import { about, type Finding } from "./finding.ts";

export interface ConfinementFacts {
  /** Undefined where the kernel has none. */
  readonly selinux: "enforcing" | "permissive" | undefined;
  /** Profiles of sshd and of eic-agent, as the kernel lists them (`/usr/sbin/sshd (enforce)`); undefined: not readable. */
  readonly apparmor: { readonly profiles: readonly string[] | undefined } | undefined;
  /** The last lines of the kernel's audit about us or sshd; undefined where no log can be read. */
  readonly denials: readonly string[] | undefined;
}

export const judgeConfinement = (facts: ConfinementFacts): Finding[] => [selinux(facts), apparmor(facts)];

function selinux({ selinux: mode, denials }: ConfinementFacts): Finding {
  const { ok, warning, notApplicable, needsRoot } = about("selinux");
  if (mode === undefined) return notApplicable("not in this kernel");
  if (denials === undefined)
    return mode === "permissive" ? ok("permissive: nothing is denied") : needsRoot("enforcing; reading its denials");
  const last = denials.findLast((line) => /\bavc:\s+denied\b/.test(line));
  if (last === undefined) return ok(`${mode}, and nothing was denied lately`, { mode });
  return warning(
    `${mode}; lately denied: ${quoted(avc(last))}`,
    "sshd's domain may neither connect to port 80 nor run a JIT: the command needs a policy of its own (ausearch -m avc)",
    { mode },
  );
}

/** Of a line of the audit log, what was denied to whom. */
const avc = (line: string): string => /denied.*/.exec(line)?.[0] ?? line;

function apparmor({ apparmor: kernel, denials }: ConfinementFacts): Finding {
  const { ok, warning, notApplicable, needsRoot } = about("apparmor");
  if (kernel === undefined) return notApplicable("not in this kernel");
  const last = denials?.findLast((line) => /apparmor="DENIED"/.test(line));
  if (last !== undefined) {
    return warning(
      `lately denied: ${quoted(/apparmor=.*/.exec(last)?.[0] ?? last)}`,
      "allow it in the profile that the line names, then: apparmor_parser -r",
    );
  }
  const { profiles } = kernel;
  if (profiles === undefined) return needsRoot("reading its profiles");
  return ok(profiles.length === 0 ? "on, with no profile for sshd or eic-agent" : `on: ${profiles.join(", ")}`);
}

/** Lines of a kernel's audit that are about sshd or about what it runs for us. */
export function aboutUs(lines: readonly string[]): string[] {
  return lines.filter(
    (line) =>
      /\bavc:\s+denied\b|apparmor="DENIED"/.test(line) &&
      /comm="?(sshd|authorized-keys|eic-agent|node)|profile="[^"]*(sshd|eic-agent)|scontext=\S*:(sshd|eic)/.test(line),
  );
}
