/**
 * PermitUserEnvironment by `eic-agent sshd enable`, on a real sshd: the value in force afterwards, as `sshd -T` prints it,
 * and the advice if another line decides. The command is in force in every case.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { rowsForNow } from "../../tools/slowness.ts";
import { describeWith } from "../support/needs.ts";
import { changed, LIST, PERMITTING, sets } from "./session-line-cases.ts";
import { DROP_IN, FOLDER, INCLUDE, lines, MAIN, OURS } from "./sshd-files.ts";
import { text } from "./test-host.ts";
import { type Files, openWiredHost, type WiredHost } from "./wired-host.ts";

const SETTINGS = "/etc/eic-agent/config.toml";
const ON = '[session]\ncaller_variable = "EIC_CALLER"\n';

describeWith("sshd", "the variables of a session", () => {
  let host: WiredHost;
  beforeAll(async () => {
    host = await openWiredHost();
  });
  afterAll(() => host.close());

  const permitted = async () =>
    /^permituserenvironment (.*)$/im.exec((await host.namespace.mustRun(["sshd", "-T"])).stdout)?.[1];
  const ours = () =>
    Object.entries(host.tree())
      .filter(([path, content]) => !path.includes("backup") && content.includes(`\nPermitUserEnvironment ${LIST}\n`))
      .map(([path]) => path);
  function lay(files: Files, settings = ON): void {
    host.lay(files);
    host.namespace.write(SETTINGS, settings);
  }

  test.each(rowsForNow(PERMITTING))("with $title", async ({ files, words = [], value, ours: has, says }) => {
    lay(files);
    const before = host.tree();
    const dry = text(await host.sshd("enable", "--dry-run", ...words));
    expect(dry.includes(`+PermitUserEnvironment ${LIST}`)).toBe(has);
    expect(host.tree()).toEqual(before);
    const told = await host.sshd("enable", ...words);
    expect(told).toMatchObject({ status: 0, stderr: "" });
    expect(text(told)).toMatch(says);
    expect(await permitted()).toBe(value);
    expect((await host.inForce()).command).toBe(OURS);
    expect(ours().length > 0).toBe(has);
    expect(text(await host.sshd("status"))).toMatch(/^session +sshd (sets|does not set) EIC_CALLER/m);

    const once = host.tree();
    expect(text(await host.sshd("enable", ...words))).toMatch(/^unchanged /);
    expect(host.tree()).toEqual(once);
    expect(await host.sshd("disable")).toMatchObject({ status: 0, stderr: "" });
    expect(host.tree()).toEqual(before);
  });

  test("enable follows the setting: off, on, another name, off; and disable removes the line", async () => {
    lay({ [MAIN]: INCLUDE }, "");
    const untouched = host.tree();
    expect(text(await host.sshd("enable"))).not.toMatch(/^session/m);
    const off = host.tree();
    for (const [settings, value, tree] of [
      [ON, LIST, undefined],
      [ON.replace("CALLER", "WHO"), "EIC_WHO,EIC_REQUEST_ID", undefined],
      ["", "no", off],
      [ON, LIST, undefined],
    ] as const) {
      host.namespace.write(SETTINGS, settings);
      expect(text(await host.sshd("enable"))).toMatch(/^changed +\/etc\/ssh\/sshd_config\.d\/60-eic-agent\.conf$/m);
      expect(await permitted()).toBe(value);
      if (tree !== undefined) expect(host.tree()).toEqual(tree);
    }
    await host.sshd("disable");
    expect(host.tree()).toEqual(untouched);
  });

  test("the block in sshd_config follows it, too", async () => {
    lay({ [MAIN]: "UsePAM no\n" }, "");
    await host.sshd("enable", "--edit-main");
    const off = host.tree();
    host.namespace.write(SETTINGS, ON);
    expect(text(await host.sshd("enable"))).toMatch(sets(`${MAIN}:5`));
    expect(ours()).toEqual([MAIN, DROP_IN]);
    host.namespace.write(SETTINGS, "");
    await host.sshd("enable");
    expect(host.tree()).toEqual(off);
  });

  test("settings that cannot be read leave the line as it is, and the command in force", async () => {
    lay({ [MAIN]: INCLUDE });
    await host.sshd("enable");
    const tree = host.tree();
    host.namespace.write(SETTINGS, "[session]\ncaller = 1\n");
    const told = await host.sshd("enable");
    expect(told).toMatchObject({ status: 0, stderr: "" });
    expect(text(told)).toMatch(
      /^session +not known, and PermitUserEnvironment is left as it is: .*cannot be read: .*caller/m,
    );
    expect(host.tree()).toEqual(tree);
  });

  test("a line that an administrator adds later comes into force with the next enable", async () => {
    lay({ [MAIN]: INCLUDE });
    await host.sshd("enable");
    host.namespace.write(`${FOLDER}/70-x.conf`, "PermitUserEnvironment LANG\n");
    expect(text(await host.sshd("status"))).toMatch(/70-x\.conf:1 has "LANG", which is read later and has no effect$/m);
    expect(text(await host.sshd("enable"))).toMatch(changed(`LANG,${LIST}`));
    expect(await permitted()).toBe("LANG");
  });

  test("a drop-in with a list that an administrator has extended is left as it is by enable, and by disable that line", async () => {
    lay({ [MAIN]: INCLUDE });
    await host.sshd("enable");
    const { stdout } = await host.namespace.mustRun(["cat", DROP_IN]);
    host.namespace.write(DROP_IN, stdout.replace(LIST, `${LIST},LANG`));
    expect(text(await host.sshd("enable"))).toMatch(sets(`${DROP_IN}:5`));
    await host.sshd("disable");
    expect((await host.namespace.mustRun(["cat", DROP_IN])).stdout).toBe(`PermitUserEnvironment ${LIST},LANG\n`);
  });

  test.each([
    { title: "the command by hand in another file", path: `${FOLDER}/50-x.conf`, edit: lines(OURS, "eic-agent") },
    { title: "a drop-in that was edited", path: DROP_IN, edit: `${lines(OURS, "eic-agent")}PermitTTY yes\n` },
  ])("$title is left as it is, and the line to write is printed", async ({ path, edit }) => {
    lay({ [MAIN]: INCLUDE, [path]: edit });
    const tree = host.tree();
    const told = await host.sshd("enable");
    expect(told.status).toBe(0);
    const line = `for example into ${path}, and reload sshd: PermitUserEnvironment ${LIST}\n`;
    expect(text(told)).toContain(`write it outside of every Match block, ${line}`);
    expect(host.tree()).toEqual(tree);
    // Done as printed, it is in force.
    host.namespace.write(path, `${edit}PermitUserEnvironment ${LIST}\n`);
    expect(text(await host.sshd("enable"))).toMatch(sets(path + (path === DROP_IN ? ":4" : ":3")));
  });

  test("an sshd of OpenSSH 7.7 gets no line, and it is said", async () => {
    lay({ [MAIN]: INCLUDE });
    await host.namespace.mustRun(["cp", "/usr/sbin/sshd", "/etc/sshd-itself"]);
    const old = `#!/bin/sh\n[ "$1" != -V ] || { echo 'OpenSSH_7.7p1, OpenSSL' >&2; exit 1; }\nexec /etc/sshd-itself "$@"\n`;
    await host.instead("/usr/sbin/sshd", old, async () => {
      const told = text(await host.sshd("enable"));
      expect(told).toMatch(/^session +sshd does not set EIC_CALLER and EIC_REQUEST_ID in sessions: .*"no"$/m);
      expect(told).toMatch(/^next +an sshd from OpenSSH 7\.8 on /m);
    });
    expect(ours()).toEqual([]);
  });

  test("--json of status and enable has it", async () => {
    lay({ [MAIN]: `${INCLUDE}PermitUserEnvironment LANG\n` });
    const of = async (...words: readonly string[]) =>
      (JSON.parse((await host.sshd(...words, "--json")).stdout) as { session: unknown }).session;
    const session = { permitted: false, value: "LANG", source: { file: MAIN, line: 3 } };
    expect(await of("enable")).toMatchObject({ variables: ["EIC_CALLER", "EIC_REQUEST_ID"], ...session });
    expect(await of("status")).toMatchObject(session);
    host.namespace.write(SETTINGS, "");
    expect(await of("status")).toBeNull();
  });
});
