/** What is made once for all install tests and seen in every tree as /opt/kit. */
import { join } from "node:path";
import { SHELF } from "./releases.ts";

export const KIT = "/opt/kit";

/** Where it is made. */
export const KIT_FOLDER = join(SHELF, "kit");

/** Of the packages to upgrade to: above every version that there will be. */
export const NEXT_VERSION = "999.0.0";

/** Its packages, by their path in a tree. */
export const PACKAGE = {
  /** As built. */
  now: `${KIT}/eic-agent.deb`,
  /** The same content under a higher version. */
  next: `${KIT}/eic-agent-next.deb`,
  /** Its program is of another processor's. */
  foreign: `${KIT}/eic-agent-foreign.deb`,
  /** Nobody, not even root, may run its program. */
  locked: `${KIT}/eic-agent-locked.deb`,
  /** What AWS's package does to a system, without what it does to keys. */
  aws: `${KIT}/ec2-instance-connect.deb`,
} as const;

export const RPM = { now: `${KIT}/eic-agent.rpm`, next: `${KIT}/eic-agent-next.rpm` } as const;
