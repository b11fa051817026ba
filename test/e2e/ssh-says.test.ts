/** docs/troubleshooting.md is arranged by ssh's messages. It must contain each of these messages of a real ssh. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PROGRAMS } from "../support/namespace.ts";
import { outputOf } from "../support/namespace-output.ts";
import { describeWith } from "../support/needs.ts";
import { sshdIn } from "../support/sshd.ts";
import { type Instance, openInstance } from "../support/sshd-instance.ts";
import { newKey } from "../support/sshd-keys.ts";

const DOC = readFileSync("docs/troubleshooting.md", "utf8");
/** First column of the table, as a reader would search it. */
const COLUMN = [...DOC.matchAll(/^\| ([^|]+) \| [^|]+ \| [^|]+ \|$/gm)].map(([, cell = ""]) => cell).join("\n");

/** Hangs up before its identification string, by a reset (R) or in order (F), with or without a line of sshd's first. */
const HANGS_UP = `
  const [, port, how, line] = process.argv;
  require("node:net").createServer((socket) => {
    socket.on("error", () => {});
    if (line) socket.write(line + "\\r\\n");
    socket.once("data", () => (how === "R" ? socket.resetAndDestroy() : socket.end()));
  }).listen(Number(port), "127.0.0.1", () => console.log("listens"));`;

describeWith("sshd", "ssh's messages on the client", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await openInstance();
  });
  afterAll(() => instance?.close());

  const ssh = async (port: number, ...words: string[]) => {
    const usual = [
      "-F",
      "none",
      "-o",
      "BatchMode=yes",
      "-o",
      "StrictHostKeyChecking=no",
      "-o",
      "UserKnownHostsFile=/dev/null",
    ];
    const { status, stderr } = await instance.namespace.run([
      "ssh",
      "-p",
      `${port}`,
      ...words,
      ...usual,
      "alice@127.0.0.1",
    ]);
    expect(status).toBe(255);
    return stderr.replaceAll("\r", "");
  };
  const isInTheTable = (words: string) => expect(COLUMN).toContain(words);

  test("nothing listens on that port", async () => {
    expect(await ssh(2290)).toContain("Connection refused");
    isInTheTable("`Connection refused`");
  });

  test.each([
    { how: "R", line: "", message: "kex_exchange_identification: read: Connection reset by peer" },
    { how: "F", line: "", message: "kex_exchange_identification: Connection closed by remote host" },
    {
      how: "F",
      line: "Not allowed at this time",
      message: "kex_exchange_identification: Connection closed by remote host",
    },
  ])("disconnected before sshd's banner ($how, $line)", async ({ how, line, message }) => {
    const port = 2291 + how.charCodeAt(0) + line.length;
    const server = instance.namespace.start([`${PROGRAMS}/node`, "-e", HANGS_UP, `${port}`, how, line]);
    if (server.stdout === null || server.stderr === null) throw new Error("started without pipes");
    await outputOf("server", server.stdout, server.stderr).line(/^listens$/);
    expect(await ssh(port)).toContain(message);
    isInTheTable(message.replace("kex_exchange_identification: Connection", "… Connection"));
    if (line !== "") expect(await ssh(port, "-v")).toContain(line);
    expect(DOC).toContain(line);
  });

  describe("denied", () => {
    test.each([
      { about: "no key was pushed", port: 22, settings: undefined, command: undefined },
      { about: "the user may not log in", port: 2205, settings: ["AllowUsers bob"], command: undefined },
      { about: "the command takes its time and fails", port: 2206, settings: [], command: "/usr/bin/sleep 1" },
    ])("$about: the same message each time", async ({ port, settings, command }) => {
      const { namespace } = instance;
      if (settings !== undefined) await sshdIn(namespace, { port, settings, ...(command && { command }) });
      const key = await newKey(namespace);
      expect(await ssh(port, "-i", key.path)).toContain("Permission denied (publickey)");
      isInTheTable("`Permission denied (publickey)`, at once");
      isInTheTable("`Permission denied (publickey)`, after four seconds");
    });

    test("after too many keys", async () => {
      const keys = [];
      for (let made = 0; made < 7; made += 1) keys.push(await newKey(instance.namespace));
      const said = await ssh(22, ...keys.flatMap(({ path }) => ["-i", path]));
      expect(said).toContain("Too many authentication failures");
      isInTheTable("`Too many authentication failures`");
    });
  });

  test("another host than before", async () => {
    const { namespace } = instance;
    const other = await newKey(namespace);
    namespace.write("/etc/ssh/known_hosts_other", `127.0.0.1 ${other.line}\n`);
    const said = await ssh(
      22,
      "-o",
      "StrictHostKeyChecking=yes",
      "-o",
      "UserKnownHostsFile=/etc/ssh/known_hosts_other",
    );
    expect(said).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
    expect(said).toContain("Host key verification failed");
    isInTheTable("`Host key verification failed`, `REMOTE HOST IDENTIFICATION HAS CHANGED`");
  });
});
