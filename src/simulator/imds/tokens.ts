/** IMDSv2 session tokens: they carry their own end, under a key of this run, so that nothing has to be remembered. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Seconds (EC2 user guide, "Use IMDSv2"). */
export const MIN_TTL = 1;
export const MAX_TTL = 21_600;

export interface Tokens {
  mint(ttlSeconds: number, now: Date): string;
  /** True for a token that was minted here and whose time is not over. */
  holds(token: string, now: Date): boolean;
}

/** Bytes: an end of 8, chance of 8, a seal of 26; 56 characters in base64, as the real ones have. */
const END = 8;
const SEALED = 16;
const LENGTH = 42;

export function sessionTokens(key: Uint8Array = randomBytes(32)): Tokens {
  const seal = (bytes: Uint8Array) =>
    createHmac("sha256", key)
      .update(bytes)
      .digest()
      .subarray(0, LENGTH - SEALED);
  return {
    mint(ttlSeconds, now) {
      const end = Buffer.alloc(END);
      end.writeBigUInt64BE(BigInt(now.getTime() + ttlSeconds * 1000));
      const head = Buffer.concat([end, randomBytes(SEALED - END)]);
      return Buffer.concat([head, seal(head)]).toString("base64");
    },
    holds(token, now) {
      const bytes = Buffer.from(token, "base64");
      if (bytes.length !== LENGTH || bytes.toString("base64") !== token) return false;
      const head = bytes.subarray(0, SEALED);
      return timingSafeEqual(seal(head), bytes.subarray(SEALED)) && bytes.readBigUInt64BE() > BigInt(now.getTime());
    },
  };
}
