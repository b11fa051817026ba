/**
 * `explain` and `capture` as root on a whole instance: they ask as sshd's user. The results are compared with the answer of
 * sshd's own command and with a real login. sshd_config is that of the host inside; `sshd -T` reads it.
 */
import { readFileSync, statSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Explanation } from "../../src/explain/explanation.ts";
import { AGENT, DOOR } from "../support/namespace.ts";
import { SETTINGS, withoutEndpoint } from "../support/namespace-simulator.ts";
import { describeWith } from "../support/needs.ts";
import { COMMAND_USER } from "../support/sshd-accounts.ts";
import { type Instance, openInstance } from "../support/sshd-instance.ts";
import { type KeyPair, newKey } from "../support/sshd-keys.ts";

const [PROGRAM] = AGENT;
const OURS = `AuthorizedKeysCommand ${DOOR} %u %f\nAuthorizedKeysCommandUser ${COMMAND_USER}\n`;

describeWith("sshd", "explain as root", () => {
  let instance: Instance;
  /** A new key for each call: keys that were pushed earlier are still served. */
  let key: KeyPair;
  /** A key made before the call, if a test must know it. */
  let made: KeyPair | undefined;
  beforeAll(async () => {
    instance = await openInstance();
    instance.namespace.write(
      "/etc/group",
      `${readFileSync(instance.namespace.outside("/etc/group"), "utf8")}extra:x:5000:${COMMAND_USER}\n`,
    );
  });
  afterAll(() => instance?.close());

  async function explained(user: string, config: string, ...words: string[]) {
    const { namespace, push } = instance;
    namespace.write("/etc/ssh/sshd_config", config);
    key = made ?? (await newKey(namespace));
    made = undefined;
    await push(user, key);
    const question = [user, key.fingerprint, "--json", ...words];
    const { status, stdout, stderr } = await namespace.run([PROGRAM, "explain", ...question]);
    expect(stderr).toBe("");
    return { status, told: JSON.parse(stdout) as Explanation };
  }

  test("asks as sshd's user, and its answer is that of sshd's command and of a login", async () => {
    const { status, told } = await explained("alice", OURS);
    expect(told.source).toMatchObject({ as: { uid: 2999, name: COMMAND_USER }, notes: [] });
    expect(told.command).toMatchObject({ agrees: true, user: COMMAND_USER, runs: [{ fingerprint: key.fingerprint }] });
    expect({ status, answer: told.answer }).toMatchObject({ status: 0, answer: { kind: "judged", accepted: 1 } });
    expect(await instance.sshd.login("alice", [key])).toMatchObject({ status: 0, stdout: "alice\n" });
  });

  test("stays that user, with that user's groups", async () => {
    const { namespace } = instance;
    namespace.write("/etc/ssh/sshd_config", OURS);
    const child = namespace.start([PROGRAM, "explain", "nobody", "--watch"]);
    const said = new Promise<void>((resolve) => child.stdout?.once("data", () => resolve()));
    await said;
    const { stdout } = await namespace.run([
      "sh",
      "-c",
      'for p in /proc/[0-9]*; do tr "\\0" " " <$p/cmdline | grep -q "explain nobody --watch" && cat $p/status; done; true',
    ]);
    child.kill("SIGINT");
    expect(stdout).toMatch(/^Uid:\t2999\t2999\t2999\t2999$/m);
    expect(stdout).toMatch(/^Gid:\t2999\t2999\t2999\t2999$/m);
    expect(stdout).toMatch(/^Groups:\t2999 5000 ?$/m);
    expect(stdout).toMatch(/^CapEff:\t0+$/m);
  });

  test("has that user's problems: settings that only root can read", async () => {
    const { namespace, simulator } = instance;
    const settings = readFileSync(namespace.outside(SETTINGS), "utf8");
    namespace.write(SETTINGS, settings, 0o600);
    try {
      const { status, told } = await explained("alice", OURS);
      expect(told.answer).toMatchObject({ kind: "fault", code: "FILE_UNREADABLE" });
      expect({ status, agrees: told.command?.agrees }).toEqual({ status: 1, agrees: true });
      const asRoot = await explained("alice", OURS, "--no-sshd");
      expect(asRoot).toMatchObject({ status: 0, told: { answer: { accepted: 1 }, command: null } });
    } finally {
      simulator.installSettings(withoutEndpoint);
    }
  });

  test("takes the settings that sshd's command names", async () => {
    const { namespace } = instance;
    namespace.write(
      "/etc/eic-agent/other.toml",
      `${readFileSync(namespace.outside(SETTINGS), "utf8")}\n[policy]\ndeny_users = ["alice"]\n`,
    );
    const command = `${AGENT.join(" ")} --config /etc/eic-agent/other.toml %u %f`;
    const { status, told } = await explained("alice", OURS.replace(`${DOOR} %u %f`, command));
    expect(told.keys.at(-1)).toMatchObject({ reason: "policy-user-denied" });
    expect({ status, agrees: told.command?.agrees }).toEqual({ status: 0, agrees: true });
    // If asked about other settings than sshd's, it does not compare.
    const other = await explained("alice", OURS, "--config", "/etc/eic-agent/other.toml");
    expect(other.told).toMatchObject({
      command: null,
      source: { notes: [expect.stringContaining("its settings are not those of --config")] },
    });
  });

  test("reports the key that another program does not print, and fails", async () => {
    const { namespace } = instance;
    namespace.write(`/usr/libexec/silent`, "#!/bin/sh\nexit 0\n", 0o755);
    const { status, told } = await explained("alice", OURS.replace(DOOR, "/usr/libexec/silent"));
    expect(status).toBe(1);
    expect(told.command).toMatchObject({
      agrees: false,
      note: "sshd's command is that of another program, not eic-agent",
      runs: [{ missing: [key.fingerprint], printed: [], result: expect.stringContaining("0") }],
    });
    const text = await namespace.run([PROGRAM, "explain", "alice", key.fingerprint]);
    expect(text.stdout).toContain(`sshd's command as ${COMMAND_USER}: ANOTHER ANSWER`);
    expect(text.stdout).toContain(`accepted here, not printed there: ${key.fingerprint}`);
    expect(text.status).toBe(1);
  });

  test("reports the key that another program prints with other options, and fails", async () => {
    const { namespace } = instance;
    const mine = await newKey(namespace);
    made = mine;
    namespace.write("/usr/libexec/stricter", `#!/bin/sh\necho 'no-pty ${mine.line}'\n`, 0o755);
    const { status, told } = await explained("alice", OURS.replace(DOOR, "/usr/libexec/stricter"));
    expect({ status, runs: told.command?.runs }).toMatchObject({
      status: 1,
      runs: [{ missing: [], unexpected: [], otherOptions: [mine.fingerprint], agrees: false }],
    });
    const text = await namespace.run([PROGRAM, "explain", "alice", mine.fingerprint]);
    expect(text.stdout).toContain(`printed there with other options: ${mine.fingerprint}`);
  });

  test("reports the key that another program prints in addition, and fails", async () => {
    const { namespace } = instance;
    const other = await newKey(namespace);
    made = await newKey(namespace);
    const mine = made;
    namespace.write("/usr/libexec/generous", `#!/bin/sh\nprintf '%s\\n' '${mine.line}' '${other.line}'\n`, 0o755);
    const { status, told } = await explained("alice", OURS.replace(DOOR, "/usr/libexec/generous"));
    expect({ status, runs: told.command?.runs }).toMatchObject({
      status: 1,
      runs: [{ missing: [], unexpected: [other.fingerprint] }],
    });
    // A command chained behind our command may print further keys.
    made = mine;
    const chained = OURS.replace("%u %f", "%u %f -- /usr/libexec/generous");
    const beside = await explained("alice", chained);
    expect({ status: beside.status, agrees: beside.told.command?.agrees }).toEqual({ status: 0, agrees: true });
  });

  test("ends with sshd's next step, and a login then has that result", async () => {
    const good = await explained("alice", OURS);
    expect(good.told.sshd).toMatchObject({ outcome: "accepts", keys: [{ outcome: "accepts", reasons: [] }] });
    const { namespace } = instance;
    const text = await namespace.run([PROGRAM, "explain", "alice", key.fingerprint]);
    expect(text.stdout).toMatch(/\n1 key accepted for alice(, \d+ refused)?; sshd will accept it\n$/);
    expect(await instance.sshd.login("alice", [key])).toMatchObject({ status: 0 });

    const kept = await explained("alice", `AllowUsers bob\n${OURS}`);
    expect(kept.status).toBe(0);
    expect(kept.told.sshd).toMatchObject({
      outcome: "refuses",
      keys: [
        { fingerprint: key.fingerprint, outcome: "refuses", reasons: [{ rule: "AllowUsers", verdict: "refuses" }] },
      ],
    });
    const said = await namespace.run([PROGRAM, "explain", "alice", key.fingerprint]);
    expect(said.stdout.replace(/\s+/g, " ")).toMatch(
      /sshd will refuse it: AllowUsers does not name alice: "bob", by \/etc\/ssh\/sshd_config:1 sshd's log: User alice from ADDRESS not allowed because not listed in AllowUsers hint: add alice to AllowUsers/,
    );
  });

  test("without root says that sshd's next step is not known, and how to find out", async () => {
    const { namespace } = instance;
    await explained("alice", OURS);
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const { stdout } = await namespace.run([...nobody, PROGRAM, "explain", "alice", key.fingerprint, "--json"]);
    const { sshd } = JSON.parse(stdout) as Explanation;
    expect(sshd?.keys).toMatchObject([
      { outcome: "not-known", reasons: [{ verdict: "not-known", hint: "run this as root" }, {}] },
    ]);
  });

  test("applies Match blocks to the user", async () => {
    const config = `${OURS}Match User bob\n  AuthorizedKeysCommand none\n`;
    expect((await explained("alice", config)).status).toBe(0);
    const bob = await explained("bob", config);
    expect(bob).toMatchObject({ status: 1, told: { command: { command: "none", agrees: false } } });
  });

  test.each([
    { title: "no command", config: "", note: "no AuthorizedKeysCommand", status: 1 },
    {
      title: "a user that does not exist",
      config: OURS.replace(`User ${COMMAND_USER}`, "User noone"),
      note: "noone does not exist",
      status: 0,
    },
    {
      title: "a configuration that sshd refuses",
      config: "Nonsense yes\n",
      note: "sshd could not be queried",
      status: 0,
    },
  ])("notes $title", async ({ config, note, status }) => {
    const seen = await explained("alice", config);
    expect(seen.told.source).toMatchObject({ as: { uid: 0 }, notes: [expect.stringContaining(note)] });
    expect(seen.status).toBe(status);
  });

  test("capture asks as sshd's user, and writes as root if only root can", async () => {
    const { namespace, push } = instance;
    namespace.write("/etc/ssh/sshd_config", OURS);
    key = await newKey(namespace);
    await push("alice", key);
    const kept = await namespace.run([PROGRAM, "capture", "alice", "-o", "/root/call.json"]);
    expect(kept).toMatchObject({ status: 0, stderr: "" });
    const { mode, uid } = statSync(namespace.outside("/root/call.json"));
    expect({ mode: mode & 0o7777, uid }).toEqual({ mode: 0o600, uid: 0 });
    const told = await namespace.run([PROGRAM, "explain", "--from", "/root/call.json", "alice", key.fingerprint]);
    expect(told.stdout).toContain("1 key accepted for alice");
  });
});
