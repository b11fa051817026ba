/** The machine, what binds an answer to it, and whether the settings can be trusted. Pure. */

import type { Identity } from "../../host/instance.ts";
import type { Settings } from "../../settings/defaults.ts";
import type { Fault } from "../../verify/errors.ts";
import { describeCheck, type Finding, type Result } from "../finding.ts";

export interface MachineFacts {
  /** According to the machine itself, regardless of the settings. */
  readonly machine: Result<Identity>;
  /** As a login sees it. Undefined if the settings cannot be read. */
  readonly identity: Result<Identity> | undefined;
  readonly settings: Result<Settings>;
  readonly settingsFile: FileReach;
  /** The number of anchors; undefined if the settings, which may name files of anchors, cannot be read. */
  readonly anchors: Result<number> | undefined;
  readonly anchorFiles: readonly FileReach[];
  /** The AuthorizedKeysCommandUser, if known. */
  readonly user: string | undefined;
  /** Whether the doctor runs as root: another user may be unable to read files that the command's user can read. */
  readonly root: boolean;
}

/** A file that a login depends on, and whether the command's user can read it. */
export interface FileReach {
  readonly path: string;
  readonly exists: boolean;
  /** The first part of its path that the command's user cannot pass; undefined if the path is open, or it is not known. */
  readonly blockedBy: string | undefined;
}

export const judgeMachine = (facts: MachineFacts): Finding[] => [
  instance(facts),
  identity(facts),
  settings(facts),
  anchors(facts),
];

function instance({ machine, identity }: MachineFacts): Finding {
  const { ok, failed, fault, notApplicable } = describeCheck("instance");
  if (machine.kind === "fault") return fault(machine.fault);
  const { value } = machine;
  if (value.kind === "ec2" && value.id !== undefined) return ok(`${value.id}, according to its DMI`, { id: value.id });
  if (value.kind === "ec2") return ok("an instance on Xen, according to its hypervisor's UUID");
  if (identity?.kind === "value" && identity.value.kind === "ec2") {
    return ok("according to the settings, not to DMI or hypervisor");
  }
  if (identity === undefined || identity.kind === "fault") {
    const why = identity === undefined ? "the settings" : "the file that the settings name";
    return notApplicable(`not known: neither DMI nor hypervisor shows EC2, and ${why} cannot be read`);
  }
  return failed(
    "neither DMI nor hypervisor shows that this is EC2: every call ends without a key and without a request",
    "in a container on EC2, make /sys of the host visible or set [instance] id; elsewhere this program has no use",
  );
}

function identity({ identity: got }: MachineFacts): Finding {
  const { ok, warning, fault, notApplicable } = describeCheck("identity");
  if (got === undefined) return notApplicable("not known while the settings cannot be read");
  if (got.kind === "fault") return fault(got.fault);
  const { value } = got;
  if (value.kind === "not-ec2") return notApplicable("not an EC2 instance");
  switch (value.by) {
    case "dmi":
      return ok("bound to this instance by its DMI", { source: "dmi" });
    case "setting":
      return ok(`bound to ${value.id} by [instance] id; an image made from here keeps it`, { source: "setting" });
    case "hypervisor":
      return warning(
        "Xen does not identify the instance: an attacker who can answer at the metadata address can serve keys of another instance",
        "set [instance] id, or move to a Nitro instance type",
        { source: "hypervisor" },
      );
    case "unchecked":
      return warning(
        "check_identity = false: an attacker who can answer at the metadata address can serve keys of another instance",
        "remove check_identity and, if the machine does not show its id, set [instance] id",
        { source: "unchecked" },
      );
    default:
      return value.by satisfies never;
  }
}

function settings({ settings: got, settingsFile, user, root }: MachineFacts): Finding {
  const { ok, failed, fault, needsRoot } = describeCheck("settings");
  const { path, exists } = settingsFile;
  if (got.kind === "fault") return !root && isClosed(got.fault) ? needsRoot(`reading ${path}`) : fault(got.fault);
  if (!exists) return ok(`${path} does not exist: the defaults`, { file: path });
  const closed = closedTo(settingsFile, user);
  if (closed !== undefined) return failed(closed, `let ${user} read it, as with: chmod a+r ${path}`, { file: path });
  return ok(`${path} is valid`, { file: path });
}

function anchors({ anchors: got, anchorFiles, user, root }: MachineFacts): Finding {
  const { ok, failed, fault, needsRoot, notApplicable } = describeCheck("anchors");
  if (got === undefined) return notApplicable("not known while the settings cannot be read");
  if (got.kind === "fault") return !root && isClosed(got.fault) ? needsRoot("reading the anchors") : fault(got.fault);
  for (const file of anchorFiles) {
    const closed = closedTo(file, user);
    if (closed !== undefined) return failed(closed, `let ${user} read it, as with: chmod a+r ${file.path}`);
  }
  const files = anchorFiles.map(({ path }) => path).join(" and ");
  return ok(files === "" ? `the ${got.value} pinned roots` : `${got.value}, with ${files}`, { count: got.value });
}

/** Checks for EACCES, which applies to the user who runs the doctor and says nothing about the command's user. */
const isClosed = ({ code, message }: Fault): boolean => code === "FILE_UNREADABLE" && /: EACCES$/.test(message);

const closedTo = ({ path, blockedBy }: FileReach, user: string | undefined): string | undefined =>
  blockedBy === undefined
    ? undefined
    : `${path} cannot be read by ${user}, the user that runs sshd's command (${blockedBy})`;
