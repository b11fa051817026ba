/**
 * The Debian systems of the tests of fleets' tools: those of the install tests, with Python for Ansible's modules; on
 * Debian 12 also with cloud-init and rsyslog.
 */
import { BOOKWORM, type Release, TRIXIE } from "../install/releases.ts";

/** Ansible's modules are Python; its module apt needs python3-apt. */
const MANAGED = ["python3", "python3-apt"];

/** gpg: cloud-init reads the key of an apt source with it. */
export const FLEET_12: Release = {
  ...BOOKWORM,
  tag: "fleet",
  packages: [...BOOKWORM.packages, ...MANAGED, "gpg", "cloud-init", "rsyslog", "rsyslog-gnutls"],
};
export const FLEET_13: Release = { ...TRIXIE, tag: "fleet", packages: [...TRIXIE.packages, ...MANAGED] };
