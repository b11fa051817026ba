/** Cases about host policy: keys that are otherwise valid, and which callers may use them for which users. */
import { INSTANCE_LINE, timestamp } from "./blocks.ts";
import { accepted, type Case, refused } from "./case.ts";

const ADMIN = "arn:aws:sts::111122223333:assumed-role/Admin/*";
const OTHERS = "arn:aws:sts::111122223333:assumed-role/Operator/*";

export const POLICY: readonly Case[] = [
  {
    name: "policy-user-denied",
    make: (b) => b.scene({ policy: { denyUsers: ["root", "ec2-user"], allowUsers: ["ec2-user"] } }),
    expects: refused("policy-user-denied"),
  },
  {
    name: "policy-user-not-allowed",
    make: (b) => b.scene({ policy: { allowUsers: ["ubuntu"] } }),
    expects: refused("policy-user-not-allowed"),
  },
  { name: "policy-user-allowed", make: (b) => b.scene({ policy: { allowUsers: ["ec2-user"] } }), expects: accepted },
  {
    name: "policy-caller-of-another-role",
    make: (b) => b.scene({ policy: { rules: [{ users: ["ec2-user"], callers: [OTHERS] }] } }),
    expects: refused("policy-caller"),
  },
  {
    name: "policy-caller-of-the-role",
    make: (b) => b.scene({ policy: { rules: [{ users: ["ec2-user"], callers: [OTHERS, ADMIN] }] } }),
    expects: accepted,
  },
  {
    name: "policy-no-caller",
    make: (b) =>
      b.scene({
        blocks: [{ fields: (at) => [timestamp(at), INSTANCE_LINE] }],
        policy: { rules: [{ users: ["ec2-user"], callers: [ADMIN] }] },
      }),
    expects: refused("policy-caller"),
  },
  {
    name: "policy-denies-by-default",
    make: (b) => b.scene({ policy: { rules: [{ users: ["root"], callers: [ADMIN] }], byDefault: "deny" } }),
    expects: refused("policy-default"),
  },
  {
    name: "policy-that-only-reports",
    make: (b) => b.scene({ policy: { denyUsers: ["ec2-user"], mode: "report" } }),
    expects: accepted,
  },
];
