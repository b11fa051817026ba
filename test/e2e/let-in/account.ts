/** Causes in the user's account: its expiry, its password, its shell. */
import { account, DAY, good, kept, type LetIn, passwd, shadow } from "./case.ts";

export const ACCOUNT: readonly LetIn[] = [
  {
    title: "an account that expired yesterday",
    prepare: shadow(`*:19000:0:99999:7::${DAY - 1}:`),
    ...kept,
    ...account,
    rule: "shadow",
    message: /the account has expired on/,
  },
  { title: "an account that expires today", prepare: shadow(`*:19000:0:99999:7::${DAY}:`), ...good, ...account },
  {
    title: "a locked account",
    prepare: shadow("!$6$salt$hash:19000:0:99999:7:::"),
    ...kept,
    ...account,
    rule: "shadow",
    message: /locked/,
  },
  {
    title: "an account whose password was locked with !!",
    prepare: shadow("!!:19000:0:99999:7:::"),
    ...kept,
    ...account,
    rule: "shadow",
  },
  {
    title: "an account without a password that is not locked",
    prepare: shadow("*:19000:0:99999:7:::"),
    ...good,
    ...account,
  },
  { title: "a password that has expired, without PAM", prepare: shadow("*:10000:0:30:7:10::"), ...good, ...account },
  {
    title: "a shell that does not exist",
    prepare: passwd("/bin/none"),
    ...kept,
    ...account,
    rule: "shell",
    message: /\/bin\/none does not exist/,
  },
  {
    title: "a shell that is not executable",
    prepare: passwd("/etc/hosts"),
    ...kept,
    ...account,
    rule: "shell",
    message: /is not an executable program/,
  },
  {
    title: "a shell that ends each login",
    prepare: passwd("/usr/sbin/nologin"),
    real: "ended",
    outcome: "accepts",
    status: "warning",
    ...account,
    rule: "shell",
    message: /ends every login/,
  },
  { title: "no shell in the account, which means /bin/sh", prepare: passwd(""), ...good, ...account },
];
