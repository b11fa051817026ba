/**
 * Reads settings, anchors and identity of this machine as a login does, but independently of each other. Changes nothing.
 */

import { createDependencies } from "../../dependencies.ts";
import { identify } from "../../host/instance.ts";
import { DEFAULTS, type Settings } from "../../settings/defaults.ts";
import { SETTINGS_PATH } from "../../settings/limits.ts";
import { loadSettings } from "../../settings/load.ts";
import type { Account } from "../../sshd/inspect/accounts.ts";
import { lookUpPath, reachFlaw } from "../../sshd/inspect/safe-path.ts";
import { Fault } from "../../verify/errors.ts";
import type { Anchor } from "../../verify/x509/anchor.ts";
import type { FileReach, MachineFacts } from "../check/machine.ts";
import type { Result } from "../finding.ts";

export interface Machine {
  readonly facts: Omit<MachineFacts, "user" | "root">;
  readonly settings: Settings | undefined;
  readonly anchors: readonly Anchor[] | undefined;
}

/**
 * Reads what a login needs of this machine.
 * @param config the file of --config
 * @param reader the user as which sshd runs the command, if known: that user must be able to read the files, too
 */
export async function lookAtMachine(config: string | undefined, reader: Account | undefined): Promise<Machine> {
  const path = config ?? SETTINGS_PATH;
  const settings = await got(() => loadSettings(config));
  const kernelAlone = { ...DEFAULTS.instance, allowOwnFiles: false };
  const facts = {
    machine: await got(() => identify(kernelAlone)),
    settings,
    settingsFile: reachOf(path, reader),
  };
  if (settings.kind === "fault") {
    return {
      facts: { ...facts, identity: undefined, anchors: undefined, anchorFiles: [] },
      settings: undefined,
      anchors: undefined,
    };
  }
  const { value } = settings;
  const world = createDependencies({ settings: value, named: config !== undefined, signal: AbortSignal.abort() });
  const anchors = await got(() => world.anchors());
  const files = [value.anchors, value.extraAnchors].filter((file) => file !== undefined);
  return {
    facts: {
      ...facts,
      identity: await got(() => world.identify()),
      anchors: anchors.kind === "fault" ? anchors : { kind: "value", value: anchors.value.length },
      anchorFiles: files.map((file) => reachOf(file, reader)),
    },
    settings: value,
    anchors: anchors.kind === "fault" ? undefined : anchors.value,
  };
}

async function got<T>(look: () => T | Promise<T>): Promise<Result<T>> {
  try {
    return { kind: "value", value: await look() };
  } catch (error) {
    if (error instanceof Fault) return { kind: "fault", fault: error };
    throw error;
  }
}

function reachOf(path: string, reader: Account | undefined): FileReach {
  const look = lookUpPath(path);
  if (look.kind === "missing") return { path, exists: false, blockedBy: undefined };
  const blocked = reader && reachFlaw(look.parts, reader, "read");
  return { path, exists: true, blockedBy: blocked?.path };
}
