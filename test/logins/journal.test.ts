/** `eic-agent logins`, as built, on a private journal: a line counts by its writer and not by its words. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { command, run } from "../support/agent.ts";
import { cannotRunJournal, folder, withJournal } from "../support/host-log.ts";
import { asSshd, CALLER, KEY } from "./host.ts";

/** The user id of eic-agent in the tests. */
const AGENT = 64_990;
const NOBODY = 65_534;

const accepted = (user: string, port = 50122) =>
  `Accepted publickey for ${user} from 203.0.113.7 port ${port} ssh2: ED25519 ${KEY}`;
const closed = (user: string) => `pam_unix(sshd:session): session closed for user ${user}`;
const offered = (user: string, request: string) =>
  `key-offered-to-sshd user=${user} fingerprint=${KEY} caller=${CALLER} request_id=${request}`;

/** Lines of one process. */
interface Written {
  readonly as: number;
  readonly tag: string;
  readonly lines: readonly string[];
  /** By a program with the name of sshd. */
  readonly sshd?: boolean;
}

/** Writes to a private journal, runs `eic-agent logins` with each of the words, and returns their outputs. */
async function loginsIn(
  written: readonly Written[],
  words: readonly (readonly string[])[],
  wrapper = "",
): Promise<string[]> {
  const at = folder();
  const sshd = asSshd("/usr/bin/logger", at);
  chmodSync(sshd, 0o755);
  const passwd = join(at, "passwd");
  writeFileSync(
    passwd,
    `root:x:0:0::/root:/bin/sh\neic-agent:x:${AGENT}:${AGENT}::/:/bin/false\nnobody:x:${NOBODY}:${NOBODY}::/:/bin/false\n`,
  );
  const script = [
    `mount --bind '${passwd}' /etc/passwd`,
    ...written.map(({ as, tag, lines, sshd: named }, i) => {
      writeFileSync(join(at, `lines-${i}`), lines.map((line) => `${line}\n`).join(""));
      const program = named ? sshd : "/usr/bin/logger";
      return `setpriv --reuid ${as} --regid ${as} --clear-groups -- '${program}' -t '${tag}' -p authpriv.info -u /run/systemd/journal/dev-log --size 8KiB <'${at}/lines-${i}'`;
    }),
    "journalctl --sync",
    ...words.map(
      (each) =>
        `${wrapper} ${command("logins", ...each)
          .map((word) => `'${word}'`)
          .join(" ")} 2>&1 || true; echo; echo ---`,
    ),
  ].join("\n");
  const { stdout } = await run(withJournal(at, ["sh", "-ec", script]));
  return stdout.split("---\n").slice(0, words.length);
}

const login: Written[] = [
  { as: AGENT, tag: "eic-agent", lines: [offered("alice", "request-1")] },
  { as: 0, tag: "sshd", lines: [accepted("alice"), closed("alice")], sshd: true },
];

describe.skipIf(cannotRunJournal)("in the journal", () => {
  test("a login is listed, and those that another user forges are not", async () => {
    const forged: Written[] = [
      { as: NOBODY, tag: "eic-agent", lines: [offered("root", "forged")] },
      { as: NOBODY, tag: "sshd", lines: [accepted("root"), accepted("alice", 1)], sshd: true },
      { as: NOBODY, tag: "sshd-session", lines: [accepted("root")] },
      { as: 0, tag: "eic-agent", lines: [offered("root", "by-hand")] },
    ];
    const [json = "", text = ""] = await loginsIn([...login, ...forged], [["--json", "--all"], []]);
    const { source, logins } = JSON.parse(json);
    expect(source).toEqual({ kind: "journal", files: [], forgeable: false });
    expect(logins).toMatchObject([
      { user: "alice", state: "ended", certain: true, pushes: [{ caller: CALLER, requestId: "request-1" }] },
    ]);
    expect(logins).toHaveLength(1);
    expect(text).toContain("1 login, 0 in session, since ");
    expect(text).toContain("from the journal");
    expect(text).toMatch(/\nnote: the journal begins at \S+Z;/);
  });

  test("nothing is found among lines about something else", async () => {
    const noise = [{ as: 0, tag: "sshd", lines: ["Server listening on 0.0.0.0 port 22."], sshd: true }];
    const [text] = await loginsIn(noise, [["--since", "1h"]]);
    expect(text).toMatch(/^no login by EC2 Instance Connect since .*, from the journal\n/);
  });

  test("as a user who may not read it: one line", async () => {
    const [text] = await loginsIn(login, [[]], `setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups --`);
    expect(text).toBe(
      "eic-agent: the journal can be read by root and by members of the groups systemd-journal and adm; run this with sudo\n\n",
    );
  });
});
