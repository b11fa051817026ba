/** Cases that stop a call outside the verifier: trusted files, settings, the metadata service, the answer. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FaultCode } from "../../../src/verify/errors.ts";
import type { Stage } from "./bundle.ts";

export interface OutsideCase {
  readonly name: string;
  readonly fault: FaultCode;
  /** Changes the call; the scene is always the valid one. */
  readonly change: (stage: Stage) => void;
}

const SIGNER = "/latest/meta-data/managed-ssh-keys/signer-cert/";
const KEYS = "/latest/meta-data/managed-ssh-keys/active-keys/ec2-user/";

const config = (change: (text: string) => string) => (stage: Stage) => {
  stage.config = change(stage.config);
};

export const OUTSIDE: readonly OutsideCase[] = [
  {
    name: "a missing settings file",
    fault: "FILE_UNREADABLE",
    change: (stage) => {
      stage.configFile = join(stage.folder, "none.toml");
    },
  },
  {
    name: "a folder for a settings file",
    fault: "FILE_UNREADABLE",
    change: (stage) => {
      stage.configFile = stage.folder;
    },
  },
  {
    name: "missing anchors",
    fault: "FILE_UNREADABLE",
    change: config((text) => text.replace(".pem", ".none")),
  },
  {
    name: "settings that others may write",
    fault: "FILE_UNTRUSTED",
    change: (stage) => {
      stage.configMode = 0o646;
    },
  },
  {
    name: "settings in a folder that others may write",
    fault: "FILE_UNTRUSTED",
    change: (stage) => {
      const open = join(stage.folder, "open");
      mkdirSync(open);
      stage.configFile = join(open, "config.toml");
      writeFileSync(stage.configFile, stage.config, { mode: 0o644 });
      // Sets the mode independent of the umask, without the sticky bit.
      chmodSync(open, 0o777);
    },
  },
  {
    name: "an unknown setting",
    fault: "SETTINGS_INVALID",
    change: config((text) => text.replace("domains", "domain")),
  },
  { name: "settings that are not TOML", fault: "SETTINGS_INVALID", change: config((text) => `${text}\n[keys`) },
  {
    name: "a skew wider than allowed",
    fault: "SETTINGS_INVALID",
    change: config((text) => text.replace("= 300", "= 901")),
  },
  {
    name: "an anchor file without anchors",
    fault: "ANCHORS_INVALID",
    change: (stage) => {
      stage.anchors = "none\n";
    },
  },
  {
    name: "an anchor file cut short",
    fault: "ANCHORS_INVALID",
    change: (stage) => {
      stage.anchors = stage.anchors.slice(0, 300);
    },
  },
  {
    name: "a missing metadata service",
    fault: "METADATA_UNREACHABLE",
    change: config((text) => text.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1")),
  },
  {
    name: "a metadata service that does not answer",
    fault: "METADATA_TIMEOUT",
    change: ({ misbehaves }) => misbehaves.set(SIGNER, "hang"),
  },
  {
    name: "replies that break off",
    fault: "METADATA_BROKEN",
    change: ({ misbehaves }) => misbehaves.set(SIGNER, "cut"),
  },
  {
    name: "a signer that is not served",
    fault: "METADATA_STATUS",
    change: ({ misbehaves }) => misbehaves.set(SIGNER, { status: 404 }),
  },
  {
    name: "a service that fails",
    fault: "METADATA_STATUS",
    change: ({ misbehaves }) => misbehaves.set(KEYS, { status: 500 }),
  },
  {
    name: "a key document over its limit",
    fault: "METADATA_TOO_LARGE",
    change: ({ misbehaves }) => misbehaves.set(KEYS, { body: Buffer.alloc(1024 * 1024 + 1, 0x0a) }),
  },
  {
    name: "a full disk under the answer",
    fault: "OUTPUT_FAILED",
    change: (stage) => {
      stage.stdout = "/dev/full";
    },
  },
];
