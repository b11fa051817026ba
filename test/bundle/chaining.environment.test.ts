/** What a chained command finds: variables, arguments, descriptors, directory and signals, as sshd would give them to it. */
import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { simulated } from "../support/simulated.ts";
import { called, chained } from "./chained.ts";

const one = simulated({ authority: { caKey: "ec-p256" } });
const isRoot = process.geteuid?.() === 0;

describe("the other command has", () => {
  const found = async (words: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const { status, stdout } = await called(chained(one().config, "nobody", ...words), env);
    expect(status).toBe(0);
    return stdout.toString();
  };

  const variables = async (env: NodeJS.ProcessEnv) =>
    (await found(["/usr/bin/env"], { EVIL: "1", NODE_ENV: "test", LC_ALL: "C", ...env })).split("\n").filter(Boolean);
  const SSHDS = { USER: "x", LOGNAME: "y", HOME: "/x" };
  const textOf = (env: object) => Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const PATH = "PATH=/usr/bin:/bin:/usr/sbin:/sbin";

  test.each([{ LANG: "de_DE.UTF-8" }, {}])("the variables that sshd sets, and no others: %j", async (lang) => {
    expect((await variables({ ...SSHDS, ...lang })).toSorted()).toEqual(
      [PATH, ...textOf(SSHDS), ...textOf(lang)].toSorted(),
    );
  });

  test.each([{}, { USER: "x" }, { USER: "", HOME: "/x" }, { USER: "x", HOME: "x" }])(
    "if sshd has not set them, as by hand, those of the account: %j",
    async (given) => {
      const passwd = execFileSync("getent", ["passwd", `${process.geteuid?.()}`], { encoding: "utf8" })
        .trim()
        .split(":");
      const [name, home] = [passwd[0], passwd[5]];
      expect((await variables(given)).toSorted()).toEqual(
        [PATH, ...textOf({ USER: name, LOGNAME: name, HOME: home })].toSorted(),
      );
    },
  );

  describeWith("namespace", "while /etc/passwd cannot be read", () => {
    /** Replaces /etc/passwd with a socket, which not even root can open. No other source of users is queried. */
    const HIDE = `
      d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT && echo 'passwd: files' > "$d/nsswitch"
      node=$1; shift
      "$node" -e 'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, 9))' "$d/socket" || :
      mount --bind "$d/nsswitch" /etc/nsswitch.conf && mount --bind "$d/socket" /etc/passwd && "$@"`;
    const apart = ["unshare", ...(isRoot ? [] : ["--user", "--map-root-user"]), "--mount", "--propagation", "private"];
    const there = async (words: readonly string[], env: NodeJS.ProcessEnv) => {
      const { status, stdout } = await called([...apart, "sh", "-c", HIDE, "sh", process.execPath, ...words], env);
      return { status, lines: stdout.toString().split("\n").filter(Boolean).toSorted() };
    };

    test("no account can be found", async () => {
      expect((await there(["getent", "passwd", "0"], {})).status).not.toBe(0);
    });

    test("its keys are printed, with the variables that sshd has set", async () => {
      const words = chained(one().config, "nobody", "/usr/bin/env");
      expect(await there(words, SSHDS)).toEqual({ status: 0, lines: [PATH, ...textOf(SSHDS)].toSorted() });
    });

    test("and without them, if none are set", async () => {
      const words = chained(one().config, "nobody", "/usr/bin/env");
      expect(await there(words, {})).toEqual({ status: 0, lines: [PATH] });
    });
  });

  test("its arguments unchanged: no shell is involved", async () => {
    const odd = ["a b", "", "$(id)", "*", "`id`", "--", "-x", "'", '"', "\\", "é\n"];
    expect(await found(["/usr/bin/printf", "<%s>", ...odd])).toBe(odd.map((word) => `<${word}>`).join(""));
  });

  test("the path from the line as its own name", async () => {
    const [name] = (await found(["/bin/cat", "/proc/self/cmdline"])).split("\0");
    expect(name).toBe("/bin/cat");
  });

  test.each([
    { what: "the root folder", of: "cwd", gives: /^\/$/ },
    { what: "nothing on its standard input", of: "fd/0", gives: /^\/dev\/null$/ },
    { what: "a separate output", of: "fd/1", gives: /^(socket|pipe):\[/ },
    { what: "no reader of its standard error", of: "fd/2", gives: /^\/dev\/null$/ },
  ])("$what", async ({ of, gives }) => {
    expect((await found(["/bin/readlink", `/proc/self/${of}`])).trim()).toMatch(gives);
  });

  test("no signal that is ignored or blocked", async () => {
    const lines = (await found(["/bin/grep", "-E", "^Sig(Ign|Blk)", "/proc/self/status"])).trim().split("\n");
    expect(lines.map((line) => Number.parseInt(line.split("\t")[1] ?? "", 16))).toEqual([0, 0]);
  });
});
