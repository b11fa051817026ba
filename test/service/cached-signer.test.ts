/** The signer that the service keeps, its rotation and its revocation: against the simulator, with clocks that the test moves. */
import { describe, expect, test } from "vitest";
import { KEY } from "../support/keys.ts";
import { serviceInStandingTime as serviceInside } from "../support/service-inside.ts";
import { simulated } from "../support/simulated.ts";
import { FAULT, FINGERPRINT, NO, requestsOf, YES } from "./requests-of.ts";

const one = simulated();
const { asked, signers } = requestsOf(one);

describe("the signer", () => {
  test("is validated once, and its instance, region and domain are requested once", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    for (const user of ["u1", "u2", "u3"]) {
      simulator.push({ user, publicKey: KEY });
      expect(await ask(user, FINGERPRINT)).toEqual(YES);
    }
    const others = ["/instance-id", "/placement/region", "/services/domain", "/signer-cert/", "/api/token"];
    expect(others.map(asked)).toEqual([1, 1, 1, 1, 1]);
  });

  test("may rotate between two logins, and both succeed", async () => {
    const { simulator, config } = one();
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "before", publicKey: KEY });
    expect(await ask("before", FINGERPRINT)).toEqual(YES);
    await simulator.authority.rotate("signer");
    simulator.push({ user: "after", publicKey: KEY });
    expect(await ask("after", FINGERPRINT)).toEqual(YES);
    expect(signers()).toBe(2);
    expect(await ask("after", FINGERPRINT)).toEqual(YES);
    expect(signers()).toBe(2);
    expect(service.status().signers).toEqual({ cache: 2, metadata: 2 });
  });

  test("may rotate while the previous one is being fetched, and both succeed", async () => {
    const { simulator, config } = one();
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "before", publicKey: KEY });
    const document = simulator.document("before");
    const served = await signerOf(simulator.endpoint);
    await simulator.authority.rotate("signer");
    // The previous signer is served until it has been requested; making the next one may take any time.
    for (const [path, body] of served) simulator.override(path, body);
    simulator.override("keys", document);
    simulator.faults.set({ fault: "slow", path: "staple", ms: 500, times: 2 });
    const before = ask("before", FINGERPRINT);
    // The list of staples, and two staples.
    while (asked("/signer-ocsp/") < 3) await new Promise(setImmediate);
    for (const [path] of served) simulator.override(path);
    simulator.override("keys");
    simulator.push({ user: "after", publicKey: KEY });
    expect(await Promise.all([before, ask("after", FINGERPRINT)])).toEqual([YES, YES]);
    expect(service.status().signers).toEqual({ "in-flight": 1, metadata: 2 });
  });

  test("may rotate with its intermediate in a crowd: every login succeeds, with a few requests only", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    const users = Array.from({ length: 20 }, (_, i) => `crowd-${i}`);
    simulator.push({ user: "first", publicKey: KEY });
    expect(await ask("first", FINGERPRINT)).toEqual(YES);
    await simulator.authority.rotate("intermediate");
    for (const user of users) simulator.push({ user, publicKey: KEY });
    expect(await Promise.all(users.map((user) => ask(user, FINGERPRINT)))).toEqual(users.map(() => YES));
    expect(signers()).toBeLessThanOrEqual(4);
  });

  test("that did not sign the block causes a refusal only after it was fetched again: a forged block is refused, and counted once", async () => {
    const { simulator, config } = one();
    const { ask, service } = await serviceInside(config);
    simulator.push({ user: "gina", publicKey: KEY });
    expect(await ask("gina", FINGERPRINT)).toEqual(YES);
    simulator.push({ user: "harry", publicKey: KEY, signature: () => Buffer.alloc(256, 7) });
    expect(await ask("harry", FINGERPRINT)).toEqual(NO);
    expect(signers()).toBe(2);
    expect(service.status().refusals).toEqual({ "bad-signature": 1 });
  });

  test("revoked while it is in the cache is detected after at most ten minutes; then every call is a Fault", async () => {
    const { simulator, config } = one();
    const { ask, pass } = await serviceInside(config);
    simulator.push({ user: "ivan", publicKey: KEY });
    expect(await ask("ivan", FINGERPRINT)).toEqual(YES);
    simulator.authority.revoke("signer");
    pass(600_001);
    simulator.clock.advance(601);
    simulator.push({ user: "ivan", publicKey: KEY });
    expect(await ask("ivan", FINGERPRINT)).toEqual(FAULT);
    simulator.clock.advance(-601);
    await simulator.authority.rotate("signer");
  });

  test("that cannot be validated is requested at most four times a second, and is a Fault each time", async () => {
    const { simulator, config } = one();
    const { ask } = await serviceInside(config);
    simulator.push({ user: "iris", publicKey: KEY });
    simulator.authority.revoke("signer");
    const began = performance.now();
    for (let i = 0; i < 6; i += 1) expect(await ask("iris", FINGERPRINT)).toEqual(FAULT);
    expect(signers()).toBe(6);
    expect(signers()).toBeLessThanOrEqual((performance.now() - began) / 250 + 1);
    await simulator.authority.rotate("signer");
    expect(await ask("iris", FINGERPRINT)).toEqual(YES);
  });

  test("whose staple expires while it is in the cache is requested again at that moment", async () => {
    const { simulator, config } = one();
    const { ask, pass, service } = await serviceInside(config);
    simulator.push({ user: "judy", publicKey: KEY });
    expect(await ask("judy", FINGERPRINT)).toEqual(YES);
    const end = Date.parse(service.status().signer?.until ?? "");
    // Five minutes before that end the signer is validated again, so that only the end, and not its age, can matter.
    const shift = Math.floor((end - Date.now() - 300_000) / 1000);
    const later = (seconds: number) => {
      pass(seconds * 1000);
      simulator.clock.advance(seconds);
      simulator.push({ user: "judy", publicKey: KEY });
    };
    later(shift);
    expect(await ask("judy", FINGERPRINT)).toEqual(YES);
    expect(signers()).toBe(2);
    later(290);
    expect(await ask("judy", FINGERPRINT)).toEqual(YES);
    expect(signers()).toBe(2);
    later(15);
    expect(await ask("judy", FINGERPRINT)).toEqual(FAULT);
    simulator.authority.renewStaples();
    expect(await ask("judy", FINGERPRINT)).toEqual(YES);
    simulator.clock.advance(-(shift + 305));
    simulator.authority.renewStaples();
  });
});

/** Returns the served data about the signer, for `override`: certificates, the list of staples, and each staple. */
async function signerOf(endpoint: string): Promise<[path: string, body: Buffer][]> {
  const token = await fetch(`${endpoint}/latest/api/token`, {
    method: "PUT",
    headers: { "X-aws-ec2-metadata-token-ttl-seconds": "60" },
  });
  const headers = { "X-aws-ec2-metadata-token": await token.text() };
  const keys = "/latest/meta-data/managed-ssh-keys";
  const get = async (name: string): Promise<Buffer> => {
    const response = await fetch(`${endpoint}${keys}/${name}`, { headers });
    return Buffer.from(await response.arrayBuffer());
  };
  const [certificates, list] = [await get("signer-cert/"), await get("signer-ocsp/")];
  const staples = list
    .toString()
    .trim()
    .split("\n")
    .map((name) => `signer-ocsp/${name}`);
  const bodies = await Promise.all(staples.map(get));
  one().simulator.requests.splice(0);
  return [
    ["signer-cert", certificates],
    ["signer-ocsp", list],
    ...staples.map((name, i): [string, Buffer] => [`${keys}/${name}`, bodies[i] ?? Buffer.alloc(0)]),
  ];
}
