/** A case as a folder: the evidence as served, the rules, the time, and the expected result. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WARM_UP, WARM_UP_FOLDER } from "../../../packaging/build/warm-up.ts";
import type { Expected, Scene } from "./case.ts";

const ROOT = join(import.meta.dirname, "../../..");
/** The folders with vectors. The executable's build uses those of the second, and reads nothing of the tests. */
export const VECTORS = [join(ROOT, "test/vectors"), join(ROOT, WARM_UP_FOLDER)] as const;

/** Returns the folder of a vector, whether it exists or not. */
export function vectorFolder(name: string): string {
  const [ofTests, ofWarmUp] = VECTORS;
  return join(WARM_UP.some((one) => one === name) ? ofWarmUp : ofTests, name);
}

export interface Vector {
  readonly scene: Scene;
  readonly now: Date;
  readonly expects: Expected;
  /** The expected lines for sshd. */
  readonly prints: readonly string[];
}

/** All data except the evidence. `staples` are the names as listed; a staple without a file is listed but not delivered. */
interface Sheet {
  readonly request: { readonly user: string; readonly fingerprint?: string };
  readonly now: string;
  readonly rules: Omit<Scene["rules"], "anchors" | "instanceId"> & { readonly instanceId: string | null };
  readonly staples: readonly string[];
  readonly expects: Expected;
  readonly prints: readonly string[];
}

export const vectorNames = (): string[] =>
  VECTORS.flatMap((folder) => readdirSync(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/** Encodes the name: a staple's name can be any text, a file's name cannot. */
const stapleFile = (folder: string, name: string): string => join(folder, "staples", encodeURIComponent(name));

export function writeVector(name: string, { scene, now, expects, prints }: Vector): void {
  const { user, fingerprint, served, rules } = scene;
  const { anchors, instanceId = null, domains, clockSkewSeconds, policy, callerVariable } = rules;
  const folder = vectorFolder(name);
  mkdirSync(join(folder, "staples"), { recursive: true });
  const file = (path: string, content: string | Buffer) => writeFileSync(join(folder, path), content, "latin1");
  file("keys", served.keys);
  file("instance-id", served.instanceId);
  file("region", served.region);
  file("domain", served.domain);
  file("signer.pem", served.signer);
  file("anchors.pem", anchors);
  for (const staple of served.staples) {
    if (staple.body !== undefined) writeFileSync(stapleFile(folder, staple.name), staple.body, "latin1");
  }
  const sheet: Sheet = {
    request: { user, ...(fingerprint === undefined ? {} : { fingerprint }) },
    now: now.toISOString(),
    rules: {
      instanceId,
      domains,
      clockSkewSeconds,
      ...(policy === undefined ? {} : { policy }),
      ...(callerVariable === undefined ? {} : { callerVariable }),
    },
    staples: served.staples.map((staple) => staple.name),
    expects,
    prints,
  };
  writeFileSync(join(folder, "case.json"), `${JSON.stringify(sheet, null, 2)}\n`);
}

/** Reads a vector. @throws Error if a file of the folder is missing */
export function readVector(name: string): Vector {
  const folder = vectorFolder(name);
  const text = (path: string) => readFileSync(join(folder, path), "latin1");
  const sheet = JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) as Sheet;
  const { request, now, rules, staples, expects, prints } = sheet;
  const scene: Scene = {
    user: request.user,
    fingerprint: request.fingerprint,
    served: {
      keys: readFileSync(join(folder, "keys")),
      instanceId: text("instance-id"),
      region: text("region"),
      domain: text("domain"),
      signer: text("signer.pem"),
      staples: staples.map((staple) => {
        const path = stapleFile(folder, staple);
        return { name: staple, body: existsSync(path) ? readFileSync(path, "latin1") : undefined };
      }),
    },
    rules: { ...rules, anchors: text("anchors.pem"), instanceId: rules.instanceId ?? undefined },
  };
  return { scene, now: new Date(now), expects, prints };
}
