/** The real world of one call, made from the settings. What only some calls need is loaded when they need it. */
import type { World } from "./authorize.ts";
import type { Anchor } from "./core/anchor.ts";
import { readNamed } from "./host/files.ts";
import { identify } from "./host/instance.ts";
import { type ClientOptions, MetadataClient } from "./metadata/client.ts";
import { fetchKeys, gather } from "./metadata/gather.ts";
import { ANCHORS_LIMIT, CONNECT_MS, REQUEST_MS, type Settings, SOCKETS } from "./settings.ts";

export interface WorldOptions {
  readonly settings: Settings;
  /** Whether the settings were named with --config: what they name may then be the effective user's own. */
  readonly named: boolean;
  /** The one deadline. */
  readonly signal: AbortSignal;
  /** Milliseconds until it. */
  readonly left?: () => number;
  /** Instead of waiting; see ClientOptions. */
  readonly pause?: NonNullable<ClientOptions["pause"]>;
  /** Instead of the network; see ClientOptions. */
  readonly exchange?: NonNullable<ClientOptions["exchange"]>;
}

export function openWorld({ settings, named, ...means }: WorldOptions): World {
  const { origins, domains, clockSkewSeconds, policy, instance } = settings;
  const client = new MetadataClient({
    origins,
    connectMs: CONNECT_MS,
    requestMs: REQUEST_MS,
    sockets: SOCKETS,
    ...means,
  });
  return {
    identify: () => identify({ ...instance, mayBeOwn: named }),
    fetchKeys: (user) => fetchKeys(client, user),
    gather: (keys, plan) => gather(client, keys, plan),
    court: () => import("./core/judge.ts"),
    anchors: () => anchorsOf(settings, named),
    rules: { domains, clockSkewSeconds, policy },
    now: () => new Date(),
  };
}

/** The pinned roots or those named instead of them, and those named beside them. */
export async function anchorsOf({ anchors, extraAnchors }: Settings, named: boolean): Promise<Anchor[]> {
  // Reading is work: a turn of the event loop later, the requests that were made before are on the wire.
  await new Promise(setImmediate);
  const { readAnchors } = await import("./core/anchor.ts");
  const fromFile = (path: string) => readAnchors(readNamed({ path, mayBeOwn: named, limit: ANCHORS_LIMIT }), path);
  const first =
    anchors === undefined
      ? readAnchors((await import("./host/roots.ts")).pinnedRoots(), "the pinned roots")
      : fromFile(anchors);
  return extraAnchors === undefined ? first : [...first, ...fromFile(extraAnchors)];
}
