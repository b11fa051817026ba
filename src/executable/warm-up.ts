/**
 * Makes complete calls while the executable is built, so that the snapshot contains the compiled functions of a login. This
 * saves a seventh of the time of a call with a key. No judgement is kept: the core attaches everything that it remembers to
 * the objects of a call, and it is discarded with them.
 */
import { readFileSync } from "node:fs";
import { authorize, type Dependencies } from "../authorize.ts";
import { pinnedRoots } from "../host/roots.ts";
import { fetchKeyDocument, fetchSignerEvidence, type MetadataSource } from "../metadata/fetch.ts";
import { PATHS } from "../metadata/paths.ts";
import { parseCall } from "../request.ts";
import { parseSettings } from "../settings/parse.ts";
import { ALLOW_ALL } from "../verify/policy.ts";
import * as court from "../verify/verifier.ts";
import { readAnchors } from "../verify/x509/anchor.ts";

/** Fields of case.json that are used here; packaging/warm-up has one for each call. */
interface CaseFile {
  readonly request: { readonly user: string; readonly fingerprint?: string };
  readonly now: string;
  readonly rules: { readonly instanceId: string; readonly clockSkewSeconds: number };
  readonly staples: readonly string[];
  readonly prints: readonly string[];
}

const SETTINGS = `
[metadata]
endpoint = "http://127.0.0.1:80"
[trust]
anchors = "/etc/eic-agent/anchors.pem"
[instance]
id = "i-0abcdef1234567890"
[audit]
target = "syslog"
`;

/**
 * @param folder folder with one subfolder for each call, and the list of their names
 * @throws Error if a call does not end as expected: then the executable must not be built
 */
export async function warmUp(folder: string): Promise<void> {
  parseCall("authorized-keys", ["alice", "SHA256:AAAA"]);
  parseCall("eic-agent", ["authorized-keys", "--config", "/etc/other.toml", "alice", "SHA256:AAAA"]);
  parseSettings(SETTINGS, "config.toml");
  readAnchors(pinnedRoots(), "the pinned roots");
  for (const name of readFileSync(`${folder}/list`, "utf8").trim().split("\n")) {
    const vector = `${folder}/${name}`;
    await call(vector).catch((cause: unknown) => {
      throw new Error(`${vector}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    });
  }
}

async function call(vector: string): Promise<void> {
  const sheet = JSON.parse(readFileSync(`${vector}/case.json`, "utf8")) as CaseFile;
  const { user, fingerprint } = sheet.request;
  const world = dependenciesOf(vector, sheet);

  const answer = await authorize({ user, fingerprint }, world);
  const lines = answer.kind === "judged" ? answer.lines : [];
  if (lines.length === 0 || lines.join() !== sheet.prints.join()) throw new Error(`gave ${lines.join()}`);
  const none = await authorize({ user: "nobody", fingerprint }, world);
  if (none.kind !== "no-keys" || none.why !== "no-keys") throw new Error("accepted a key for the wrong user");
}

function dependenciesOf(vector: string, { request, now, rules, staples }: CaseFile): Dependencies {
  const served = new Map(
    [
      [PATHS.keys(request.user), "keys"],
      [PATHS.instanceId, "instance-id"],
      [PATHS.region, "region"],
      [PATHS.domain, "domain"],
      [PATHS.signer, "signer.pem"],
      ...staples.map((name) => [PATHS.staple(name), `staples/${name}`] as const),
    ].map(([path = "", file]) => [path, readFileSync(`${vector}/${file}`)]),
  );
  served.set(PATHS.stapleNames, Buffer.from(staples.join("\n")));
  const source: MetadataSource = {
    ended: false,
    async get(path) {
      const body = served.get(path);
      return { status: body === undefined ? 404 : 200, body: body ?? Buffer.alloc(0) };
    },
  };
  const { instanceId, clockSkewSeconds } = rules;
  return {
    identify: () => ({ kind: "ec2", id: instanceId, by: "setting" }),
    fetchKeyDocument: (user) => fetchKeyDocument(source, user),
    fetchSignerEvidence: (selectStaples) => fetchSignerEvidence(source, selectStaples),
    loadVerifier: async () => court,
    anchors: async () => readAnchors(readFileSync(`${vector}/anchors.pem`, "utf8"), "anchors.pem"),
    rules: { domains: [], clockSkewSeconds, policy: ALLOW_ALL, callerVariable: undefined },
    now: () => new Date(now),
  };
}
