/** SELinux and AppArmor: whether one is enforced, and whether it recently denied something to sshd or to eic-agent. Pure. */
import { quoted } from "../../verify/verdict.ts";
import { describeCheck, type Finding } from "../finding.ts";

export interface ConfinementFacts {
  /** Undefined if the kernel has no SELinux. */
  readonly selinux: "enforcing" | "permissive" | undefined;
  /** Whether the loaded policy knows eic-agent's types; undefined if the kernel did not say. */
  readonly module?: "loaded" | "missing" | undefined;
  /** Path of the module on this host, from which it can be loaded; undefined if no package has installed it. */
  readonly policyFile?: string | undefined;
  /** The types of the installed programs, if they could be read. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Profiles of sshd and of eic-agent, as the kernel lists them (`/usr/sbin/sshd (enforce)`); undefined: not readable. */
  readonly apparmor: { readonly profiles: readonly string[] | undefined } | undefined;
  /** The last lines of the kernel's audit about sshd or eic-agent; undefined if not every log of it could be read. */
  readonly denials: readonly string[] | undefined;
  /** Whether the doctor runs as root. */
  readonly root?: boolean;
}

export const judgeConfinement = (facts: ConfinementFacts): Finding[] => [selinux(facts), apparmor(facts)];

/** The types with which sshd leaves its own domain when it starts the program. */
const OUR_TYPES = /^eic_agent_(relay_)?exec_t$/;
const RELABEL = "restorecon -RFv /usr/bin/eic-agent /usr/libexec/eic-agent /etc/eic-agent /run/eic-agent";

/**
 * Returns how to load the module. The deb contains the module and does not load it; for the rpm a separate package does
 * both.
 */
const loadIt = (policyFile: string | undefined): string =>
  policyFile === undefined
    ? "install the package eic-agent-selinux, of the same version as eic-agent (dnf install ./eic-agent-selinux-*.noarch.rpm)"
    : `semodule -X 200 -i ${policyFile} && ${RELABEL} && systemctl stop eic-agent.service && systemctl try-restart eic-agent.socket`;

function selinux({ selinux: mode, module, policyFile, labels = {}, denials, root }: ConfinementFacts): Finding {
  const { ok, failed, warning, notApplicable, needsRoot } = describeCheck("selinux");
  if (mode === undefined) return notApplicable("not in this kernel");
  // A flaw that is a failure when enforced is a warning until then.
  const wrong = mode === "enforcing" ? failed : warning;
  if (module === "missing") {
    return wrong(
      `${mode}, without eic-agent's policy: sshd's domain may neither connect to port 80 nor query the service`,
      loadIt(policyFile),
      { mode },
    );
  }
  const [unlabelled] = Object.entries(labels).filter(([, type]) => !OUR_TYPES.test(type));
  if (module === "loaded" && unlabelled !== undefined) {
    const [path, type] = unlabelled;
    return wrong(
      `${mode}: ${path} is labelled ${quoted(type)}, so sshd starts it in its own domain, which does not have the permissions`,
      RELABEL,
      { mode },
    );
  }
  return told({ mode, module, denials, root }, { ok, warning, needsRoot, notApplicable });
}

const NO_LOG = "no log of the kernel's denials could be read";

/** Judges the denials in the log. */
function told(
  {
    mode,
    module,
    denials,
    root,
  }: Pick<ConfinementFacts, "module" | "denials"> & {
    readonly mode: "enforcing" | "permissive";
    readonly root: boolean | undefined;
  },
  { ok, warning, needsRoot, notApplicable }: Omit<ReturnType<typeof describeCheck>, "failed" | "fault">,
): Finding {
  const policy = module === "loaded" ? `${mode}, with eic-agent's policy` : mode;
  const last = denials?.findLast((line) => /\bavc:\s+denied\b/.test(line));
  if (last === undefined && module === undefined) {
    return notApplicable(`${mode}; whether eic-agent's policy is loaded could not be read from the kernel`);
  }
  if (denials === undefined) {
    if (mode === "permissive") return ok(`${policy}: nothing is denied`);
    return root === true ? notApplicable(`${policy}; ${NO_LOG}`) : needsRoot(`${policy}; reading its denials`);
  }
  if (last === undefined) return ok(`${policy}, and no recent denials`, { mode });
  return warning(
    `${policy}; recently denied: ${quoted(avc(last))}`,
    "docs/selinux.md describes how to find every denial, and where to report it (ausearch -m avc)",
    { mode },
  );
}

/** Returns the part of an audit log line that says what was denied to which process. */
const avc = (line: string): string => /denied.*/.exec(line)?.[0] ?? line;

function apparmor({ apparmor: kernel, denials, root }: ConfinementFacts): Finding {
  const { ok, warning, notApplicable, needsRoot } = describeCheck("apparmor");
  if (kernel === undefined) return notApplicable("not in this kernel");
  const last = denials?.findLast((line) => /apparmor="DENIED"/.test(line));
  if (last !== undefined) {
    return warning(
      `recently denied: ${quoted(/apparmor=.*/.exec(last)?.[0] ?? last)}`,
      "allow it in the profile that the line names, then: apparmor_parser -r",
    );
  }
  const { profiles } = kernel;
  if (profiles === undefined) return needsRoot("reading its profiles");
  // Without a profile nothing is denied, so unreadable logs do not matter.
  if (profiles.length === 0) return ok("on, with no profile for sshd or eic-agent");
  const on = `on: ${profiles.join(", ")}`;
  if (denials !== undefined) return ok(on);
  return root === true ? notApplicable(`${on}; ${NO_LOG}`) : needsRoot(`${on}; reading its denials`);
}

/** Returns the lines of a kernel's audit that are about sshd or about the programs that it runs for eic-agent. */
export function aboutUs(lines: readonly string[]): string[] {
  return lines.filter(
    (line) =>
      /\bavc:\s+denied\b|apparmor="DENIED"/.test(line) &&
      /comm="?(sshd|authorized-keys|eic-agent|node)|profile="[^"]*(sshd|eic-agent)|scontext=\S*:(sshd|eic)/.test(line),
  );
}
