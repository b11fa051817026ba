/** What is made once for all install tests and seen in every tree as /opt/kit. */
import { join } from "node:path";
import { version } from "../../tools/bundle.ts";
import { SHELF } from "./releases.ts";

export const KIT = "/opt/kit";

/** Where it is made. */
export const KIT_FOLDER = join(SHELF, "kit");

/** Of the packages to upgrade to: above every version that there will be. */
export const NEXT_VERSION = "999.0.0";
/** What the program in them says of itself: as long as what it says otherwise, since it is put in its place. */
export const NEXT_PROGRAM_VERSION = version.replace(/./g, "9");
/** Of the package to upgrade to from that one. */
export const RESHAPED_VERSION = "999.0.1";
/** Of the package to come from: below every version that there has been. */
export const EARLIER_VERSION = "0.0.1";

/** Its packages, by their path in a tree. */
export const PACKAGE = {
  /** As built. */
  now: `${KIT}/eic-agent.deb`,
  /** The same under a higher version, which the program says, too. */
  next: `${KIT}/eic-agent-next.deb`,
  /** Higher still, and its socket's unit is another one. */
  reshaped: `${KIT}/eic-agent-reshaped.deb`,
  /** Lower: from before there was a service. */
  earlier: `${KIT}/eic-agent-earlier.deb`,
  /** As next, but its preinst fails. */
  failing: `${KIT}/eic-agent-failing.deb`,
  /** Its program is of another processor's. */
  foreign: `${KIT}/eic-agent-foreign.deb`,
  /** Nobody, not even root, may run its program. */
  locked: `${KIT}/eic-agent-locked.deb`,
  /** What AWS's package does to a system, without what it does to keys. */
  aws: `${KIT}/ec2-instance-connect.deb`,
} as const;

export const RPM = {
  now: `${KIT}/eic-agent.rpm`,
  next: `${KIT}/eic-agent-next.rpm`,
  earlier: `${KIT}/eic-agent-earlier.rpm`,
} as const;
