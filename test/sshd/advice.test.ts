/**
 * The program's advice, followed to the letter: it is never refused, and it never lets in a user whom an administrator's
 * line keeps out (docs/decisions/0155). The built program runs on a real sshd.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { PROGRAMS } from "../support/namespace.ts";
import { describeWith } from "../support/needs.ts";
import { WIRINGS } from "./enable-cases.ts";
import { LIMITED } from "./limits.ts";
import { FOLDER, INCLUDE, lines, MAIN, OURS } from "./sshd-files.ts";
import { openWiredHost, type WiredHost } from "./wired-host.ts";

const PEOPLE = ["root", "alice", "bob"] as const;
const WAY = /(?:^| )eic-agent sshd enable((?: --[a-z-]+)*)/g;

describeWith("sshd", "advice", () => {
  let host: WiredHost;
  beforeAll(async () => {
    host = await openWiredHost();
  });
  afterAll(() => host.close());

  /** Returns the flags of each `enable` in a text that would change something. The text may be folded. */
  const waysIn = (text: string): string[][] =>
    [...text.replace(/\s+/g, " ").matchAll(WAY)]
      .map(([, flags = ""]) =>
        flags
          .trim()
          .split(" ")
          .filter((flag) => flag !== ""),
      )
      .filter((flags) => !flags.includes("--dry-run"));
  const whoHas = async (): Promise<string[]> => {
    const has = await Promise.all(
      PEOPLE.map(async (user) => (await host.inForce("-C", `user=${user},host=h,addr=127.0.0.1`)).command),
    );
    return PEOPLE.filter((_, index) => has[index]?.includes(OURS));
  };

  /** A case of each kind of refusal that names a flag. */
  const REFUSED = WIRINGS.filter(({ title }) =>
    [
      "another command in an earlier drop-in",
      "AWS's command in the main file without an Include, as Amazon Linux 2023 has it",
      "a command of root's, chained",
      "no Include",
      "an earlier user in another file",
    ].includes(title),
  );
  test("is evaluated for each kind", () => expect(REFUSED.length).toBe(5));

  test.each(REFUSED)("can be followed: $title", async ({ files, words = [] }) => {
    host.lay(files);
    const { stdout } = await host.sshd("enable", ...words);
    const ways = waysIn(stdout);
    for (const way of ways) {
      host.lay(files);
      expect({ way, ...(await host.sshd("enable", ...way)) }).toMatchObject({ way, status: 0 });
    }
    // If another command is in force, at least one way is open.
    expect(ways.length).toBeGreaterThan(0);
  });

  test("names refused flags with the reason, and userdbctl's alternative", async () => {
    const userdb = lines("/usr/bin/userdbctl ssh-authorized-keys %u", "root");
    host.lay({ [MAIN]: INCLUDE, [`${FOLDER}/20-systemd-userdb.conf`]: userdb });
    const { stdout } = await host.sshd("enable");
    expect(waysIn(stdout)).toEqual([["--replace"]]);
    expect(stdout.replace(/\n {12}(?=\S)/g, " ")).toMatch(/--chain would be refused: .*runs as root/);
    expect(stdout).toMatch(new RegExp(`^ +AuthorizedKeysCommand /usr/bin/userdbctl \\S+ %u --chain ${OURS}$`, "m"));
    expect(JSON.stringify(await host.doctor("command"))).not.toMatch(/--chain/);
    expect(JSON.stringify(await host.doctor("other-commands"))).not.toMatch(/--chain/);
  });

  test.each(LIMITED)("never widens: $title", async ({ files, has }) => {
    host.lay(files);
    const before = host.tree();
    expect(await whoHas()).toEqual(has);
    const said = [
      await host.sshd("enable"),
      await host.sshd("enable", "--replace-aws"),
      await host.sshd("status"),
      await host.namespace.run([`${PROGRAMS}/eic-agent.cjs`, "doctor", "--json"]),
    ];
    expect(await whoHas()).toEqual(has);
    expect(host.tree()).toEqual(before);
    for (const { stdout, stderr } of said) {
      expect(stderr).toBe("");
      expect(waysIn(stdout)).toEqual([]);
      expect(stdout).not.toMatch(new RegExp(`^ +AuthorizedKeysCommand ${OURS}$`, "m"));
    }
  });
});
