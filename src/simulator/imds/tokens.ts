/** IMDSv2 session tokens: each contains its expiry, sealed with a key of this run, so that no token has to be stored. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Limits of the lifetime in seconds (EC2 user guide, "Use IMDSv2"). */
export const MIN_TTL = 1;
export const MAX_TTL = 21_600;

export interface Tokens {
  issue(ttlSeconds: number, now: Date): string;
  /** Checks whether a token was issued here and has not expired. */
  isValid(token: string, now: Date): boolean;
}

/** Bytes: 8 of expiry, 8 random, 26 of seal (HMAC); 56 characters in base64, as in real tokens. */
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
    issue(ttlSeconds, now) {
      const end = Buffer.alloc(END);
      end.writeBigUInt64BE(BigInt(now.getTime() + ttlSeconds * 1000));
      const head = Buffer.concat([end, randomBytes(SEALED - END)]);
      return Buffer.concat([head, seal(head)]).toString("base64");
    },
    isValid(token, now) {
      const bytes = Buffer.from(token, "base64");
      if (bytes.length !== LENGTH || bytes.toString("base64") !== token) return false;
      const head = bytes.subarray(0, SEALED);
      return timingSafeEqual(seal(head), bytes.subarray(SEALED)) && bytes.readBigUInt64BE() > BigInt(now.getTime());
    },
  };
}
