/** The kit: made once for all install tests, and visible in every tree as /opt/kit. */
import { join } from "node:path";
import { version } from "../../tools/bundle.ts";
import { SHELF } from "./releases.ts";

export const KIT = "/opt/kit";

/** Folder in which the kit is made. */
export const KIT_FOLDER = join(SHELF, "kit");

/** Version of the packages to upgrade to: higher than every real version. */
export const NEXT_VERSION = "999.0.0";
/** Version that their program reports: as long as the real version, which it replaces in the binary. */
export const NEXT_PROGRAM_VERSION = version.replace(/./g, "9");
/** Version of the package to upgrade to from NEXT_VERSION. */
export const RESHAPED_VERSION = "999.0.1";
/** Version of the packages to upgrade from: lower than every real version. */
export const EARLIER_VERSION = "0.0.1";

/** The kit's Debian packages, by their path in a tree. */
export const PACKAGE = {
  /** As built. */
  now: `${KIT}/eic-agent.deb`,
  /** The same with a higher version, which the program also reports. */
  next: `${KIT}/eic-agent-next.deb`,
  /** With an even higher version and another socket unit. */
  reshaped: `${KIT}/eic-agent-reshaped.deb`,
  /** With a lower version, from before the service existed. */
  earlier: `${KIT}/eic-agent-earlier.deb`,
  /** Like next, but its preinst fails. */
  failing: `${KIT}/eic-agent-failing.deb`,
  /** Its program is for another processor. */
  foreign: `${KIT}/eic-agent-foreign.deb`,
  /** No user, not even root, may run its program. */
  locked: `${KIT}/eic-agent-locked.deb`,
  /** Changes a system as AWS's package does, without its handling of keys. */
  aws: `${KIT}/ec2-instance-connect.deb`,
} as const;

export const RPM = {
  now: `${KIT}/eic-agent.rpm`,
  next: `${KIT}/eic-agent-next.rpm`,
  earlier: `${KIT}/eic-agent-earlier.rpm`,
} as const;
