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
  {
    name: "policy-options-of-the-first-rule",
    make: (b) =>
      b.scene({
        policy: {
          keyOptions: "no-pty",
          rules: [
            { users: ["ec2-user"], callers: [OTHERS], keyOptions: "no-user-rc" },
            { users: ["ec2-user"], callers: [ADMIN], keyOptions: 'restrict,command="echo \\"a, b\\""' },
            { users: ["ec2-user"], callers: [ADMIN] },
          ],
        },
      }),
    expects: accepted,
    options: 'restrict,command="echo \\"a, b\\""',
  },
  {
    name: "policy-options-without-a-rule",
    make: (b) =>
      b.scene({
        policy: { keyOptions: "no-pty", rules: [{ users: ["root"], callers: [ADMIN], keyOptions: "restrict" }] },
      }),
    expects: accepted,
    options: "no-pty",
  },
  {
    name: "policy-options-of-a-key-that-is-only-reported",
    make: (b) => b.scene({ policy: { keyOptions: "no-pty", denyUsers: ["ec2-user"], mode: "report" } }),
    expects: accepted,
    options: "no-pty",
  },
  {
    name: "session-names-the-caller",
    make: (b) => b.scene({ callerVariable: "EIC_CALLER", policy: { keyOptions: "no-pty" } }),
    expects: accepted,
    options:
      'no-pty,environment="EIC_CALLER=arn:aws:sts::111122223333:assumed-role/Admin/session",' +
      'environment="EIC_REQUEST_ID=2b0f8d2e-6a0c-4f7e-9a59-d5a9b0a0f1aa"',
  },
  {
    name: "session-without-a-caller-that-sshd-could-misread",
    make: (b) =>
      b.scene({
        callerVariable: "EIC_WHO",
        blocks: [{ fields: (at) => [timestamp(at), INSTANCE_LINE, '#Caller=a\\",command="id', "#Request=r-1"] }],
      }),
    expects: accepted,
    options: 'environment="EIC_REQUEST_ID=r-1"',
  },
];
