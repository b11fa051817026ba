/** Captures for tests: made from a vector's evidence, as if the call had been made at the vector's time. */

import type { Capture } from "../../src/explain/capture.ts";
import type { Recorded } from "../../src/explain/recording.ts";
import type { Identity } from "../../src/host/instance.ts";
import { PATHS } from "../../src/metadata/paths.ts";
import { ALLOW_ALL } from "../../src/verify/policy.ts";
import type { Vector } from "./cases/vector.ts";

export const PROGRAM = { version: "0.0.0-test", node: "24.0.0", openssl: "3.5.0" };

/** Placeholder for the recorded result. Tests do not check it: they have the evidence judged again. */
const NOTHING_SAID: Capture["recorded"] = { answer: { kind: "judged", accepted: 0, refused: 0 }, keys: [] };

export function captureOf({ scene, now }: Vector): Capture {
  const { user, served, rules } = scene;
  const asked = (method: "GET" | "PUT", path: string) => ({
    ...{ method, path, origin: "169.254.169.254:80", at: now, milliseconds: 1 },
  });
  const reply = (path: string, body: Buffer): Recorded => ({
    kind: "replied",
    ...asked("GET", path),
    ...{ status: 200, date: undefined, body },
  });
  const latin1 = (text: string) => Buffer.from(text, "latin1");
  const instance: Identity =
    rules.instanceId === undefined
      ? { kind: "ec2", id: undefined, by: "unchecked" }
      : { kind: "ec2", id: rules.instanceId, by: "setting" };
  return {
    made: { at: now, ...PROGRAM },
    redacted: false,
    user,
    instance,
    rules: {
      anchors: rules.anchors,
      domains: rules.domains,
      clockSkewSeconds: rules.clockSkewSeconds,
      policy: rules.policy ?? ALLOW_ALL,
      callerVariable: rules.callerVariable,
    },
    judgedAt: now,
    records: [
      { kind: "replied", ...asked("PUT", PATHS.token), status: 200, date: undefined, body: { token: "usable" } },
      reply(PATHS.keys(user), served.keys),
      reply(PATHS.instanceId, latin1(served.instanceId)),
      reply(PATHS.region, latin1(served.region)),
      reply(PATHS.domain, latin1(served.domain)),
      reply(PATHS.signer, latin1(served.signer)),
      reply(PATHS.stapleNames, Buffer.from(served.staples.map(({ name }) => `${name}\n`).join(""))),
      // A staple that was listed but not delivered has no record, so a replay does not deliver it either.
      ...served.staples.flatMap(({ name, body }) =>
        body === undefined ? [] : [reply(PATHS.staple(name), latin1(body))],
      ),
    ],
    recorded: NOTHING_SAID,
  };
}
