/** Another listener in the service's place: it listens on the socket that sshd's relay uses, and sends a test's answer. */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { PROGRAMS } from "../../support/namespace.ts";
import { outputOf } from "../../support/namespace-output.ts";
import { COMMAND_USER_ID } from "../../support/sshd-accounts.ts";
import { SOCKET, type WarmInstance } from "../../support/warm-instance.ts";

/** Answers each request with these bytes, `ms` milliseconds after the request arrived. */
const LISTENER = `
  const [, path, owner, group, ms, bytes] = process.argv;
  const fs = require("node:fs");
  const server = require("node:net").createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (data) => {
      // docs/relay.md: a one-shot program leaves a note, which asks for nothing and names nobody.
      if (data.length === 5 && data.toString("latin1").startsWith("EIN")) return console.log("noted");
      console.log("asked");
      setTimeout(() => socket.end(Buffer.from(bytes, "hex")), Number(ms));
    });
  });
  server.listen(path, () => {
    fs.chmodSync(path, 0o660);
    fs.chownSync(path, Number(owner), Number(group));
    console.log("listens", process.pid);
  });`;

export interface Saying {
  readonly bytes: Buffer;
  readonly ms?: number;
  /** User id of the socket's owner. */
  readonly owner?: number;
}

/** Stops the service and listens in its place while `body` runs. @returns the number of requests, not counting notes */
export async function withListener(
  { namespace, service }: WarmInstance,
  { bytes, ms = 0, owner = 0 }: Saying,
  body: () => Promise<void>,
): Promise<number> {
  await service.stop();
  const words = ["-e", LISTENER, SOCKET, `${owner}`, `${COMMAND_USER_ID}`, `${ms}`, bytes.toString("hex")];
  const child = namespace.start([`${PROGRAMS}/node`, ...words]);
  if (child.stdout === null || child.stderr === null) throw new Error("started without pipes");
  const closed = once(child, "close");
  const output = outputOf("listener", child.stdout, child.stderr);
  const pid = (await output.line(/^listens /)).split(" ")[1];
  try {
    await body();
  } finally {
    await namespace.mustRun(["sh", "-c", `kill -KILL ${pid}`]);
    await closed;
    rmSync(namespace.outside(SOCKET));
  }
  return output.lines.filter((line) => line === "asked").length;
}
