/** Creates the real dependencies of one call from the settings. Modules that only some calls need are loaded on demand. */
import type { Dependencies } from "./authorize.ts";
import { identify } from "./host/instance.ts";
import { readRequiredFile } from "./host/trusted-files.ts";
import { type ClientOptions, MetadataClient } from "./metadata/client.ts";
import { fetchKeyDocument, fetchSignerEvidence } from "./metadata/fetch.ts";
import type { Settings } from "./settings/defaults.ts";
import { ANCHORS_LIMIT, CONNECT_MS, REQUEST_MS, SOCKETS } from "./settings/limits.ts";
import type { Anchor } from "./verify/x509/anchor.ts";

export interface WorldOptions {
  readonly settings: Settings;
  /** Whether the settings were named with --config: the effective user may then own the files that they name. */
  readonly named: boolean;
  /** Aborted at the deadline of the call. */
  readonly signal: AbortSignal;
  /** Milliseconds until the deadline. */
  readonly left?: () => number;
  /** Replaces waiting; see ClientOptions. */
  readonly pause?: NonNullable<ClientOptions["pause"]>;
  /** Replaces the network; see ClientOptions. */
  readonly exchange?: NonNullable<ClientOptions["exchange"]>;
}

export function createDependencies({ settings, named, ...means }: WorldOptions): Dependencies {
  const { origins, domains, clockSkewSeconds, policy, callerVariable, instance } = settings;
  const client = new MetadataClient({
    origins,
    connectMs: CONNECT_MS,
    requestMs: REQUEST_MS,
    sockets: SOCKETS,
    ...means,
  });
  return {
    identify: () => identify({ ...instance, allowOwnFiles: named }),
    fetchKeyDocument: (user) => fetchKeyDocument(client, user),
    fetchSignerEvidence: (selectStaples) => fetchSignerEvidence(client, selectStaples),
    loadVerifier: () => import("./verify/verifier.ts"),
    anchors: () => loadAnchors(settings, named),
    rules: { domains, clockSkewSeconds, policy, callerVariable },
    now: () => new Date(),
  };
}

/** Loads the pinned roots, or the anchors that are set instead of them, and the extra anchors in addition. */
export async function loadAnchors({ anchors, extraAnchors }: Settings, named: boolean): Promise<Anchor[]> {
  // Reading blocks the event loop. One turn later, the requests that were made before have been sent.
  await new Promise(setImmediate);
  const { readAnchors } = await import("./verify/x509/anchor.ts");
  const fromFile = (path: string) =>
    readAnchors(readRequiredFile({ path, allowOwnFiles: named, limit: ANCHORS_LIMIT }), path);
  const first =
    anchors === undefined
      ? readAnchors((await import("./host/roots.ts")).pinnedRoots(), "the pinned roots")
      : fromFile(anchors);
  return extraAnchors === undefined ? first : [...first, ...fromFile(extraAnchors)];
}
