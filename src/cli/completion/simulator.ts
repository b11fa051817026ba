/**
 * The simulator's commands, for its completion scripts. The simulator shares no code with this program (CONTRIBUTING.md,
 * "Rooms"), so they are repeated here. A test compares them with each of its `--help` texts.
 */
import type { CommandSpec } from "../command-table.ts";

const COMMON = { "--help": "none", "--folder": "file", "--version": "none" } as const;
const WHAT = ["signer", "intermediate"] as const;

export const SIMULATOR_VOCABULARY: Readonly<Record<string, CommandSpec>> = {
  up: {
    about: "start the simulated service",
    options: {
      "--listen": "text",
      "--api": "text",
      "--cors": "none",
      "--settings": "file",
      "--log": "file",
      "--region": "text",
      "--domain": "text",
      "--partition": "text",
      "--instance-id": "text",
      "--availability-zone": "text",
      "--caller": "text",
      ...COMMON,
    },
    words: [],
  },
  push: {
    about: "push a public key for a user of an instance",
    options: {
      "--user": "user",
      "--public-key": "file",
      "--instance-id": "text",
      "--caller": "text",
      "--request-id": "text",
      "--lifetime": "text",
      ...COMMON,
    },
    words: [],
  },
  instance: {
    about: "change an instance: its state, its serial console",
    options: {
      "--id": "text",
      "--state": ["pending", "running", "shutting-down", "terminated", "stopping", "stopped"],
      "--available": "none",
      "--serial-console": ["enabled", "disabled", "active", "unsupported", "unavailable"],
      ...COMMON,
    },
    words: [],
  },
  fault: {
    about: "inject a fault into the answers on a path",
    options: {
      "--path": "text",
      "--times": "text",
      "--ms": "text",
      "--bytes": "text",
      "--before": "none",
      "--after": "none",
      ...COMMON,
    },
    words: [
      [
        "400",
        "401",
        "403",
        "404",
        "429",
        "500",
        "502",
        "503",
        "504",
        "slow",
        "hang",
        "drip",
        "drip-head",
        "cut",
        "cut-chunked",
        "reset",
        "reset-body",
        "endless",
        "endless-chunked",
        "oversized",
        "redirect",
        "chunked",
        "lengthless",
        "close",
        "empty",
        "garbage",
        "throttled",
      ],
    ],
  },
  clear: { about: "end faults: those set for a path, or all", options: { "--path": "text", ...COMMON }, words: [] },
  clock: { about: "move the simulator's clock", options: { "--advance": "text", ...COMMON }, words: [] },
  rotate: { about: "sign with a new signer, or under a new intermediate", options: COMMON, words: [WHAT] },
  revoke: { about: "make a certificate's staple say revoked", options: COMMON, words: [WHAT] },
  staples: {
    about: "change the properties of all staples",
    options: {
      "--age": ["current", "stale", "early", "endless"],
      "--status": ["good", "revoked", "unknown"],
      "--responder": ["issuer", "delegated"],
      "--cert-id": ["SHA-1", "SHA-256", "SHA-384", "SHA-512"],
      "--names": ["sha1", "sha256", "arbitrary"],
      ...COMMON,
    },
    words: [],
  },
  status: { about: "show addresses, live keys and faults", options: COMMON, words: [] },
};
