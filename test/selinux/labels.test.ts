/** Which label restorecon and systemd give to our files, looked up by libselinux in the linked policy's file contexts. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { contextsOf } from "./policies.ts";

/** file_contexts.subs_dist: which name of /run counts. */
const SYSTEMS = {
  "EL 8, EL 9, Amazon Linux 2023": "/run /var/run\n/run/lock /var/lock\n",
  "EL 10, Fedora since 40, Debian": "/var/run /run\n/var/lock /run/lock\n",
} as const;

const LABELS = {
  "/usr/libexec/eic-agent/authorized-keys": "eic_agent_relay_exec_t",
  "/usr/bin/eic-agent": "eic_agent_exec_t",
  "/etc/eic-agent": "eic_agent_conf_t",
  "/etc/eic-agent/config.toml": "eic_agent_conf_t",
  "/run/eic-agent": "eic_agent_run_t",
  "/run/eic-agent/authorized-keys.sock": "eic_agent_run_t",
  "/run/eic-agent/slots": "eic_agent_slot_t",
  "/run/eic-agent/slots/0": "eic_agent_slot_t",
  "/var/run/eic-agent/slots/3": "eic_agent_slot_t",
  // A link to eic-agent: its own label is any program's, the target's counts.
  "/usr/bin/eic-simulator": "bin_t",
  "/usr/bin/eic-agent-other": "bin_t",
  "/etc/eic-agent.bak": "etc_t",
} as const;

describeWith("selinux", "labels", () => {
  test.each(Object.entries(SYSTEMS))("%s", (_, substitutions) => {
    const folder = mkdtempSync(join(tmpdir(), "eic-labels-"));
    try {
      const contexts = join(folder, "file_contexts");
      copyFileSync(contextsOf("plain"), contexts);
      writeFileSync(`${contexts}.subs_dist`, substitutions);
      const label = (path: string) =>
        /object_r:(\w+)/.exec(
          execFileSync("selabel_lookup", ["-b", "file", "-f", contexts, "-k", path], { encoding: "utf8" }),
        )?.[1];
      const found = Object.keys(LABELS).map((path) => [path, label(path)]);
      expect(Object.fromEntries(found)).toEqual(LABELS);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
