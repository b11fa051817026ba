/**
 * Cases about the user, which no signature covers (docs/protocol.md#the-user-is-not-signed): a key that was pushed for one
 * user is valid for any other, if it is served for that user. The protocol allows this; only [policy] restricts it.
 */
import { accepted, type Case, refused } from "./case.ts";

const policy = (callers: string) => ({ rules: [{ users: ["root"], callers: [callers] }] });

export const USER: readonly Case[] = [
  {
    name: "user-is-not-signed",
    make: async (b) => ({ ...(await b.scene()), user: "root" }),
    expects: accepted,
  },
  {
    name: "user-is-not-signed-and-policy-knows-the-caller",
    make: async (b) => ({
      ...(await b.scene({ policy: policy("arn:aws:sts::*:assumed-role/Admin/*") })),
      user: "root",
    }),
    expects: accepted,
  },
  {
    name: "user-is-not-signed-and-policy-wants-another-caller",
    make: async (b) => ({
      ...(await b.scene({ policy: policy("arn:aws:sts::*:assumed-role/Other/*") })),
      user: "root",
    }),
    expects: refused("policy-caller"),
  },
];
