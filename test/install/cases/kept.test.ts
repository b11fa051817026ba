/**
 * Compares all of `sshd -T` before and after each change by eic-agent, for all users, root, alice and bob. Only the two
 * lines of the command may differ, in every layout of sshd's files, on each release's OpenSSH: 9.2 loses a principals command
 * after eic-agent's lines unless eic-agent prevents it, 8.4, 10.0 and 10.6 do not. Logins with certificates must continue to work.
 */
import { expect } from "vitest";
import { type KeyPair, newKey } from "../../support/sshd-keys.ts";
import { CORP, CORP_LINES, editMain, layCorpKeys, reload } from "../foreign-command.ts";
import type { Machine } from "../machine.ts";
import * as operator from "../operator.ts";
import { releaseStory, stories, story, TWO } from "../scenario.ts";

const FOLDER = "/etc/ssh/sshd_config.d";
const OURS = "/usr/libexec/eic-agent/authorized-keys %u %f";
const PROGRAM = "/usr/local/libexec/principals";
const CA = `TrustedUserCAKeys /etc/ssh/ca.pub\nAuthorizedPrincipalsCommand ${PROGRAM} %u\nAuthorizedPrincipalsCommandUser nobody\n`;
const withoutInclude = (text: string) => text.replace(/^Include .*\n/m, "");

const WHO = { everybody: "", root: "-C user=root", alice: "-C user=alice", bob: "-C user=bob" } as const;

/**
 * Returns the output of `sshd -T` by user, with keywords in lower case, as not every version prints them. If sshd is started
 * by a socket, /run/sshd may not exist yet.
 */
async function whole({ sh }: Machine): Promise<Record<string, string[]>> {
  const rest = ",host=h,addr=10.0.0.5,laddr=127.0.0.1,lport=22,rdomain=";
  const rows: [string, string[]][] = [];
  for (const [name, words] of Object.entries(WHO)) {
    const text = await sh(`mkdir -p /run/sshd; sshd -T ${words === "" ? "" : words + rest}`);
    rows.push([name, text.split("\n").map((line) => line.replace(/^\w+/, (word) => word.toLowerCase()))]);
  }
  return Object.fromEntries(rows);
}

/** Returns the lines that differ, by user: `- line`, `+ line`. */
function changed(before: Record<string, string[]>, after: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(before).map(([who, lines]) => {
      const now = after[who] ?? [];
      const gone = lines.filter((line) => !now.includes(line)).map((line) => `- ${line}`);
      return [who, [...gone, ...now.filter((line) => !lines.includes(line)).map((line) => `+ ${line}`)].toSorted()];
    }),
  );
}

const NOTHING = { everybody: [], root: [], alice: [], bob: [] };
const toOurs = (command: string, user: string, now = OURS, runs = "eic-agent") => [
  `+ authorizedkeyscommand ${now}`,
  ...(runs === user ? [] : [`+ authorizedkeyscommanduser ${runs}`]),
  `- authorizedkeyscommand ${command}`,
  ...(runs === user ? [] : [`- authorizedkeyscommanduser ${user}`]),
];
const all = (lines: string[]) => ({ everybody: lines, root: lines, alice: lines, bob: lines });

interface Layout {
  readonly title: string;
  readonly lay: (machine: Machine) => void;
  /** Options of `sshd enable` after the installation; undefined if the installation alone enables it. */
  readonly words?: string;
  readonly differs: Record<string, string[]>;
}

const write = (name: string, text: string) => (machine: Machine) => machine.tree.write(`${FOLDER}/${name}`, text);
const append = (text: string) => (machine: Machine) => editMain(machine, (main) => `${main}\n${text}`);
const NONE = toOurs("none", "none").toSorted();
const CORP_COMMAND = `${CORP.program} %u`;

const LAYOUTS: readonly Layout[] = [
  { title: "the default configuration", lay: () => {}, differs: all(NONE) },
  { title: "a principals command below the Include", lay: append(CA), differs: all(NONE) },
  { title: "a principals command in an earlier drop-in", lay: write("10-ca.conf", CA), differs: all(NONE) },
  { title: "a principals command in a later drop-in", lay: write("70-ca.conf", CA), differs: all(NONE) },
  {
    title: "a principals command, and no Include",
    lay: (machine) => editMain(machine, (text) => `${withoutInclude(text)}\n${CA}`),
    words: "--edit-main",
    differs: all(NONE),
  },
  {
    title: "another command after a principals command, replaced",
    lay: append(CA + CORP_LINES),
    words: "--replace",
    differs: all(toOurs(CORP_COMMAND, CORP.user).toSorted()),
  },
  {
    title: "another command after a principals command, chained",
    lay: append(CA + CORP_LINES),
    words: "--chain",
    differs: all(toOurs(CORP_COMMAND, CORP.user, `${OURS} -- ${CORP_COMMAND}`, CORP.user).toSorted()),
  },
  {
    title: "a Match block with another command, one with principals, one by address",
    lay: append(
      `Match User bob\n  ${CORP_LINES.trim().replace("\n", "\n  ")}\nMatch User root\n  ${CA.trim().split("\n").slice(1).join("\n  ")}\nMatch Address 10.0.0.0/8\n  PermitTTY no\n`,
    ),
    differs: { ...all(NONE), bob: [] },
  },
];

/** Two halves: each needs a machine and several installations. */
const [FIRST, OTHERS] = [LAYOUTS.slice(0, 4), LAYOUTS.slice(4)];

stories("all that sshd has in force, before and after", () => {
  story("each of our changes, in each layout without another command", TWO, (machine) => goThrough(machine, FIRST));
  releaseStory("each of our changes, in each other layout", TWO, (machine) => goThrough(machine, OTHERS));

  async function goThrough(machine: Machine, layouts: readonly Layout[]): Promise<void> {
    const { sh } = machine;
    await sh(
      `ssh-keygen -q -t ed25519 -N '' -f /root/ca; cp /root/ca.pub /etc/ssh/ca.pub; cp -a /etc/ssh /root/ssh-as-it-comes`,
    );
    machine.tree.write(PROGRAM, '#!/bin/sh\necho "corp-$1"\n', 0o755);
    await layCorpKeys(machine);
    const table: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const { title, lay, words, differs } of layouts) {
      await sh("rm -rf /etc/ssh; cp -a /root/ssh-as-it-comes /etc/ssh");
      lay(machine);
      await reload(machine);
      const before = await whole(machine);
      const step = async (name: string, right: Record<string, string[]>, work: () => Promise<unknown>) => {
        await work();
        table[`${title}: ${name}`] = changed(before, await whole(machine));
        expected[`${title}: ${name}`] = right;
      };
      await step("install", words === undefined ? differs : NOTHING, () => operator.install(machine));
      if (words !== undefined) await step(`enable ${words}`, differs, () => sh(`eic-agent sshd enable ${words}`));
      await step("upgrade", differs, () => operator.upgrade(machine));
      await step("disable", NOTHING, () => sh("eic-agent sshd disable"));
      await step("enable again", differs, () => sh(`eic-agent sshd enable ${words ?? ""}`));
      await step("removal", NOTHING, () => operator.remove(machine));
      await step("purge", NOTHING, () => operator.purge(machine));
    }
    expect(table).toEqual(expected);
  }

  /** Makes a key with a certificate for the principal that the program prints for alice. */
  async function certified(machine: Machine): Promise<KeyPair> {
    const key = await newKey(machine.tree);
    await machine.sh(`ssh-keygen -q -s /root/ca -I alice@corp -n corp-alice ${key.path}.pub`);
    return key;
  }

  story("a certificate whose principals a command names logs in before and after", TWO, async (machine) => {
    const { sh } = machine;
    await sh("ssh-keygen -q -t ed25519 -N '' -f /root/ca; cp /root/ca.pub /etc/ssh/ca.pub");
    machine.tree.write(PROGRAM, '#!/bin/sh\necho "corp-$1"\n', 0o755);
    editMain(machine, (text) => `${text}\n${CA}`);
    await reload(machine);
    const key = await certified(machine);
    const opens = async () =>
      expect(await machine.login("alice", key)).toMatchObject({ status: 0, stdout: "alice\n", stderr: "" });
    await opens();
    await operator.install(machine);
    await opens();
    await operator.pushedKeyOpens(machine);
    expect((await operator.doctorFinds(machine)).map(({ check }) => check)).not.toContain("principals");
    await operator.upgrade(machine);
    await opens();
    await operator.remove(machine);
    await opens();
  });

  releaseStory(
    "a principals command that is written below eic-agent's later: the doctor reports that it is lost",
    TWO,
    async (machine) => {
      await operator.install(machine);
      editMain(machine, (text) => `${text}\n${CA.split("\n").slice(1).join("\n")}`);
      await reload(machine);
      const found = (await operator.doctorFinds(machine)).find(({ check }) => check === "principals");
      const has = await machine.sh("mkdir -p /run/sshd; sshd -T | grep -i '^authorizedprincipalscommand '");
      if (has.endsWith(" none")) {
        expect(found).toMatchObject({ status: "warning", hint: "eic-agent sshd disable && eic-agent sshd enable" });
        await machine.sh("eic-agent sshd disable && eic-agent sshd enable");
      } else expect(found).toBeUndefined();
      expect(await machine.sh("mkdir -p /run/sshd; sshd -T | grep -i '^authorizedprincipalscommand '")).toContain(
        PROGRAM,
      );
      await operator.pushedKeyOpens(machine);
    },
  );
});
