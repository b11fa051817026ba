/** Causes in the methods of authentication that sshd requires. */
import { good, kept, type LetIn } from "./case.ts";

export const METHODS: readonly LetIn[] = [
  {
    title: "PubkeyAuthentication no",
    settings: ["PubkeyAuthentication no", "PasswordAuthentication yes"],
    ...kept,
    check: "pubkey",
    rule: "PubkeyAuthentication",
  },
  {
    title: "AuthenticationMethods with a password after the key",
    settings: ["AuthenticationMethods publickey,password", "PasswordAuthentication yes"],
    real: "refused",
    outcome: "accepts",
    check: "pubkey",
    status: "warning",
    rule: "AuthenticationMethods",
    message: /a key alone is not enough, sshd requires password as well/,
  },
  {
    title: "AuthenticationMethods with two keys",
    settings: ["AuthenticationMethods publickey,publickey"],
    real: "refused",
    outcome: "accepts",
    check: "pubkey",
    status: "warning",
    rule: "AuthenticationMethods",
    message: /2 different keys/,
  },
  {
    title: "AuthenticationMethods with a key alone as one way",
    settings: ["AuthenticationMethods publickey,password publickey", "PasswordAuthentication yes"],
    ...good,
    check: "pubkey",
  },
  {
    title: "AuthenticationMethods without a key",
    settings: ["AuthenticationMethods password", "PasswordAuthentication yes"],
    ...kept,
    check: "pubkey",
    rule: "AuthenticationMethods",
  },
];
