/** All causes that keep a user out, or end the session, although sshd was given the right key. */
import { ACCOUNT } from "./account.ts";
import type { LetIn } from "./case.ts";
import { KEYS } from "./keys.ts";
import { METHODS } from "./methods.ts";
import { PAM } from "./pam.ts";
import { SESSION } from "./session.ts";
import { USERS } from "./users.ts";

export const CASES: readonly LetIn[] = [...USERS, ...KEYS, ...METHODS, ...ACCOUNT, ...SESSION, ...PAM];
