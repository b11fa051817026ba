/** The certificate store of a run, and everything else that a command may be given by a placeholder or a variable. */
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "smol-toml";
import type { Variables } from "./call.ts";

/**
 * Writes the store into a folder.
 * @returns variables with the paths: EIC_CONFORM_ANCHORS is a PEM file, EIC_CONFORM_CAPATH a folder in the form that
 *   openssl's -CApath requires, EIC_CONFORM_CONFIG the settings for eic-agent, EIC_CONFORM_FOLDER for the adapter's own files
 */
export function writeStore(folder: string, anchorsPem: string): Variables {
  const [anchors, capath, config, own] = ["anchors.pem", "anchors", "config.toml", "adapter"].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  mkdirSync(own);
  mkdirSync(capath);
  write(anchors, anchorsPem);
  for (const pem of anchorsPem.match(/-----BEGIN.*?-----END CERTIFICATE-----\n/gs) ?? []) {
    // Debian's and Amazon Linux' names: the last part of the subject with underscores.
    const [, name = "root"] = /^(?:CN|OU)=(.*)$/m.exec(new X509Certificate(pem).subject) ?? [];
    write(join(capath, `${name.replaceAll(" ", "_")}.pem`), pem);
  }
  // The names by hash. Only a command that uses openssl reads them, so openssl may be missing.
  spawnSync("openssl", ["rehash", capath], { stdio: "ignore" });
  // The agent has no log here to write to.
  write(config, stringify({ trust: { anchors }, audit: { target: "none" } }));
  return {
    EIC_CONFORM_ANCHORS: anchors,
    EIC_CONFORM_CAPATH: capath,
    EIC_CONFORM_CONFIG: config,
    EIC_CONFORM_FOLDER: own,
  };
}

/** Writes a file that all users can read, regardless of the umask: the command may run as another user. */
function write(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o644);
}
