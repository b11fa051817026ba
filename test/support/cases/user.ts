/**
 * Cases about the user, whom no signature names (docs/protocol.md#the-user-is-not-signed): what was pushed for one holds for
 * every other, once somebody serves it for him. That is the protocol's, and only [policy] narrows it.
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
