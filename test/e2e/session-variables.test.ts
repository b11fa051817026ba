/**
 * The variables of a session, with a real sshd and ssh: `[session] caller_variable` and the line that `eic-agent sshd enable`
 * writes. printenv in the session prints the caller and the request id that the simulator has in the pushed key's block.
 */
import { appendFileSync, chownSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DROP_IN, INCLUDE, MAIN } from "../sshd/sshd-files.ts";
import { AGENT } from "../support/namespace.ts";
import { SETTINGS, withoutEndpoint } from "../support/namespace-simulator.ts";
import { describeWith } from "../support/needs.ts";
import { type Sshd, sshdIn } from "../support/sshd.ts";
import { type Instance, openInstance } from "../support/sshd-instance.ts";
import { newKey } from "../support/sshd-keys.ts";

const CALLER = "arn:aws:sts::111122223333:assumed-role/Admin/alice@corp.example";
const REQUEST_ID = "7f0e2a64-5c1b-4f0e-9b0a-2f1d6b3c4d5e";
const PRINTENV = "printenv EIC_CALLER; printenv EIC_REQUEST_ID; true";
const BOTH = `${CALLER}\n${REQUEST_ID}\n`;
/** alice has this user id (test/support/sshd-accounts.ts). */
const ALICE = 2001;

describeWith("sshd", "the variables of a session", () => {
  let instance: Instance;
  let port = 2210;
  beforeAll(async () => {
    instance = await openInstance();
    await instance.namespace.mustRun(["mkdir", "-p", "/etc/ssh/sshd_config.d"]);
    await instance.namespace.mustRun(["ssh-keygen", "-A"]);
  });
  afterAll(() => instance?.close());

  /**
   * Lays the settings, runs `sshd enable`, and starts an sshd that reads the drop-in.
   * @param line PermitUserEnvironment of the administrator, below the Include
   */
  async function enabled(isOn: boolean, line = ""): Promise<Sshd> {
    const { namespace, simulator } = instance;
    simulator.installSettings(withoutEndpoint);
    if (isOn) appendFileSync(namespace.outside(SETTINGS), '\n[session]\ncaller_variable = "EIC_CALLER"\n');
    rmSync(namespace.outside(DROP_IN), { force: true });
    namespace.write(MAIN, `${INCLUDE}${line}\n`);
    await namespace.mustRun([AGENT[0], "sshd", "enable", "--no-reload"]);
    port += 1;
    return sshdIn(namespace, { port, before: [INCLUDE.split("\n")[0] ?? "", line] });
  }

  /** Pushes a key and returns the output of one login as alice. */
  async function said(sshd: Sshd): Promise<string> {
    const { namespace, simulator } = instance;
    const key = await newKey(namespace);
    const push = { user: "alice", publicKey: key.line, caller: CALLER, requestId: REQUEST_ID };
    await simulator.tell("push", push);
    const { status, stdout, stderr } = await sshd.login("alice", [key], PRINTENV);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return stdout;
  }

  test.each([
    { title: "the setting and the line of enable", isOn: true, line: "", prints: BOTH },
    { title: "the setting, and yes", isOn: true, line: "PermitUserEnvironment yes", prints: BOTH },
    { title: "the setting, and a pattern", isOn: true, line: "PermitUserEnvironment LANG,EIC_*", prints: BOTH },
    { title: "the setting, and a list without them", isOn: true, line: "PermitUserEnvironment LANG", prints: "" },
    {
      title: "the setting, and a list with one",
      isOn: true,
      line: "PermitUserEnvironment EIC_REQUEST_ID",
      prints: `${REQUEST_ID}\n`,
    },
    { title: "neither", isOn: false, line: "", prints: "" },
    { title: "no setting, and yes", isOn: false, line: "PermitUserEnvironment yes", prints: "" },
  ])("with $title", async ({ isOn, line, prints }) => {
    expect(await said(await enabled(isOn, line))).toBe(prints);
  });

  test("are not set if the setting is on and enable was not run again", async () => {
    const sshd = await enabled(false);
    appendFileSync(instance.namespace.outside(SETTINGS), '\n[session]\ncaller_variable = "EIC_CALLER"\n');
    expect(await said(sshd)).toBe("");
  });

  test("prove nothing to a program of the user: ~/.ssh/environment overrides them", async () => {
    const { namespace } = instance;
    const sshd = await enabled(true);
    namespace.write("/home/alice/.ssh/environment", "EIC_CALLER=another\nLD_PRELOAD=/tmp/x.so\nEDITOR=vi\n");
    for (const path of ["/home/alice/.ssh", "/home/alice/.ssh/environment"])
      chownSync(namespace.outside(path), ALICE, ALICE);
    try {
      expect(await said(sshd)).toBe(`another\n${REQUEST_ID}\n`);
      // The list permits no other variable of that file.
      const key = await newKey(namespace);
      await instance.push("alice", key);
      const { stdout } = await sshd.login("alice", [key], "printenv LD_PRELOAD; printenv EDITOR; echo end");
      expect(stdout).toBe("end\n");
    } finally {
      rmSync(namespace.outside("/home/alice/.ssh"), { recursive: true });
    }
  });
});
