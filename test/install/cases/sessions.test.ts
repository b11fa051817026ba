/**
 * Two callers who log in as one user, at the same time: `eic-agent logins` names both, each session has its caller's name and
 * may do what the host's policy lets its caller do.
 */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import * as operator from "../operator.ts";
import { stories, story, TWO } from "../scenario.ts";
import { openSession } from "../session.ts";

const caller = (role: string, name: string) => `arn:aws:sts::111122223333:assumed-role/${role}/${name}`;
const ADMIN = caller("Admin", "carol");
const WATCHER = caller("Watch", "dave");
const DEPLOYER = caller("Deploy", "pipeline");

const SETTINGS = `
[session]
caller_variable = "EIC_CALLER"

[[policy.rules]]
users = ["alice"]
callers = ["arn:aws:sts::111122223333:assumed-role/Deploy/*"]
key_options = 'restrict,command="echo deployed"'

[[policy.rules]]
users = ["alice"]
callers = ["arn:aws:sts::111122223333:assumed-role/Watch/*"]
key_options = "restrict,pty"

[[policy.rules]]
users = ["*"]
callers = ["arn:aws:sts::111122223333:assumed-role/Admin/*", "arn:aws:sts::*:assumed-role/*/*"]
`;

interface Login {
  readonly state: string;
  readonly certain: boolean;
  readonly seconds: number | null;
  readonly pushes: readonly { readonly caller: string; readonly requestId: string }[];
  readonly session?: string | null;
}

/** Names in the tables of docs/logins.md: of the object, and of each login. */
const [OBJECT, LOGIN] = readFileSync("docs/logins.md", "utf8")
  .split(/^\| name [^\n]*\n/m)
  .slice(1, 3)
  .map((table) =>
    (table.split(/\n\n/)[0] ?? "")
      .split("\n")
      .flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([A-Za-z]+)`/g)].map(([, name = ""]) => name))
      .toSorted(),
  );

stories("two callers as one user", () => {
  story("are told apart while they are in and after it, and each may do what the policy says", TWO, async (machine) => {
    await operator.install(machine);
    machine.writeSettings(SETTINGS);
    await machine.sh("eic-agent sshd enable");
    const logins = async (flags: string): Promise<Login[]> => {
      const found = JSON.parse(await machine.sh(`eic-agent logins --json --user alice ${flags}`));
      expect(Object.keys(found).toSorted()).toEqual(OBJECT);
      for (const login of found.logins) expect(Object.keys(login).toSorted()).toEqual(LOGIN);
      return found.logins;
    };
    const byCaller = (list: readonly Login[], name: string) =>
      list.filter(({ pushes }) => pushes.some((push) => push.caller === name));

    const admin = await openSession(machine, await machine.pushedBy(ADMIN, "alice"));
    const watcher = await openSession(machine, await machine.pushedBy(WATCHER, "alice"));
    const now = await logins("--now");
    for (const [session, name] of [
      [admin, ADMIN],
      [watcher, WATCHER],
    ] as const) {
      const [login, ...more] = byCaller(now, name);
      expect(more).toEqual([]);
      expect(login).toMatchObject({ state: "in-session", certain: true, pushes: [{ caller: name }] });
      expect(await session.says("printenv EIC_CALLER")).toBe(name);
      expect(await session.says("printenv EIC_REQUEST_ID")).toBe(login?.pushes[0]?.requestId);
      await session.close();
    }
    expect(await machine.sh("eic-agent logins --now")).not.toMatch(/Watch|Admin/);
    const ended = await logins("--since 1h");
    for (const name of [ADMIN, WATCHER]) {
      expect(byCaller(ended, name)).toEqual([expect.objectContaining({ state: "ended", seconds: expect.any(Number) })]);
    }

    const deployer = await machine.pushedBy(DEPLOYER, "alice");
    expect(await machine.login("alice", deployer)).toMatchObject({ status: 0, stdout: "deployed\n" });
    await operator.pushedKeyOpens(machine, "bob");
    await operator.doctorIsContent(machine);

    machine.writeSettings();
    await machine.sh("eic-agent sshd enable");
    const plain = await openSession(machine, await machine.pushedBy(ADMIN, "alice"));
    expect(await plain.says("printenv EIC_CALLER || echo none")).toBe("none");
    await plain.close();
  });
});
