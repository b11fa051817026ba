/** Serial port 0 of an instance: keeps the keys that were pushed to it until they expire. No sshd is connected to it. */
import { type Clock, wholeSecond } from "../clock.ts";

/** Lifetime of a key in seconds (API reference of SendSerialConsoleSSHPublicKey). */
const LIFETIME = 60;

export interface SerialKey {
  readonly port: number;
  readonly fingerprint: string;
  readonly caller: string;
  readonly requestId: string;
  readonly expires: Date;
}

export interface SerialPort {
  push(key: Pick<SerialKey, "fingerprint" | "caller" | "requestId">): SerialKey;
  /** Returns all live keys, oldest first. */
  live(): SerialKey[];
  /** Ends all keys. Returns their number. */
  expire(): number;
}

export function serialPort(clock: Clock): SerialPort {
  let keys: SerialKey[] = [];
  const live = () => {
    const now = clock.now();
    keys = keys.filter(({ expires }) => expires > now);
    return keys;
  };
  return {
    live: () => [...live()],
    expire() {
      const { length } = live();
      keys = [];
      return length;
    },
    push({ fingerprint, caller, requestId }) {
      const key = { port: 0, fingerprint, caller, requestId, expires: wholeSecond(clock.now(), LIFETIME) };
      keys = [...live(), key];
      return key;
    },
  };
}
