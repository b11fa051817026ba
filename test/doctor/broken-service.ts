/** Hosts on which sshd does not run the relay, the relay does not reach the warm service, or it works badly. */
import { BROKEN_ANSWERS } from "./broken-answer.ts";
import { BROKEN_RELAY } from "./broken-relay.ts";
import { BROKEN_SOCKET } from "./broken-socket.ts";
import { BROKEN_UNITS } from "./broken-units.ts";
import type { Broken } from "./expected.ts";

export const BROKEN_SERVICE: readonly Broken[] = [
  ...BROKEN_RELAY,
  ...BROKEN_SOCKET,
  ...BROKEN_ANSWERS,
  ...BROKEN_UNITS,
];
