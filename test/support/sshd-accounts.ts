/** Accounts on the machine that the sshd tests log in to. They exist only there: in /etc of a private namespace. */
import { chownSync, mkdirSync } from "node:fs";
import type { Namespace } from "./namespace.ts";

/** The user that runs the AuthorizedKeysCommand. */
export const COMMAND_USER = "eic-agent";
/** Its user id and group id. */
export const COMMAND_USER_ID = 2999;

/** Users; "carol" and all others do not exist. The names after bob are as unusual as the service's API accepts. */
export const PEOPLE = ["alice", "bob", "first.last", "user@corp.example", "machine$", "0042x"] as const;

export type Person = (typeof PEOPLE)[number];

const FIRST_UID = 2001;

export function makeAccounts(namespace: Namespace): void {
  const service = (name: string, id: number) => ({ name, id, home: "/", shell: "/usr/sbin/nologin" });
  const accounts = [
    { name: "root", id: 0, home: "/root", shell: "/bin/sh" },
    service("sshd", 2998),
    service(COMMAND_USER, COMMAND_USER_ID),
    service("nobody", 65534),
    ...PEOPLE.map((name, index) => ({ name, id: FIRST_UID + index, home: `/home/${name}`, shell: "/bin/sh" })),
  ];
  const rows = (row: (account: (typeof accounts)[number]) => string) => `${accounts.map(row).join("\n")}\n`;
  namespace.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n");
  namespace.write("/etc/hosts", "127.0.0.1 localhost\n");
  namespace.write(
    "/etc/passwd",
    rows(({ name, id, home, shell }) => `${name}:x:${id}:${id}::${home}:${shell}`),
  );
  namespace.write(
    "/etc/group",
    rows(({ name, id }) => `${name}:x:${id}:`),
  );
  // "*": no password matches, but the account is not locked.
  namespace.write(
    "/etc/shadow",
    rows(({ name }) => `${name}:*:19000:0:99999:7:::`),
    0o600,
  );
  for (const { id, home } of accounts.filter(({ name }) => PEOPLE.some((person) => person === name))) {
    mkdirSync(namespace.outside(home), { mode: 0o755 });
    chownSync(namespace.outside(home), id, id);
  }
}
