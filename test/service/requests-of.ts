/** What the simulator was asked for, and the service's answers, for the tests of its cache. */
import { fingerprint, KEY } from "../support/keys.ts";
import type { Simulated } from "../support/simulated.ts";

export const FINGERPRINT = fingerprint(KEY);
export const YES = { status: 0, lines: `${KEY}\n` };
export const NO = { status: 0, lines: "" };
export const FAULT = { status: 1, lines: "" };

/** Returns functions that count the simulator's requests since the beginning of the test. */
export function requestsOf(one: () => Simulated) {
  const asked = (part: string) => one().simulator.requests.filter(({ path }) => path.includes(part)).length;
  const documents = () => asked("/active-keys/");
  return {
    /** Counts the requests with `part` in their path. */
    asked,
    documents,
    signers: () => asked("/signer-cert/"),
    tokens: () => asked("/api/token"),
    /** Waits until the simulator has received this many requests for key documents. */
    async documentsAsked(count: number): Promise<void> {
      while (documents() < count) await new Promise(setImmediate);
    },
  };
}
