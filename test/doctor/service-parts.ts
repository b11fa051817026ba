/** Parts of the service that a broken host lacks or replaces: its socket, its slots, its listener. */
import { once } from "node:events";
import { chmodSync, renameSync, rmSync } from "node:fs";
import { PROGRAMS } from "../support/namespace.ts";
import { outputOf } from "../support/namespace-output.ts";
import type { Expected } from "./expected.ts";
import type { Host } from "./healthy-host.ts";
import { makeSlots, SERVICE_SOCKET, SLOTS } from "./warm-service.ts";

/** Returns the path of a file of the host, seen from outside. */
export const at = ({ namespace }: Host, path: string): string => namespace.outside(path);

/** Moves the socket away; the service keeps listening on it. */
export const away = (host: Host) => renameSync(at(host, SERVICE_SOCKET), at(host, `${SERVICE_SOCKET}.away`));
/** Moves the socket back, in place of what is there now. */
export const back = (host: Host) => {
  rmSync(at(host, SERVICE_SOCKET), { recursive: true, force: true });
  renameSync(at(host, `${SERVICE_SOCKET}.away`), at(host, SERVICE_SOCKET));
};
/** Removes these slots. */
export const removeSlots = (host: Host, ...which: string[]) => {
  for (const slot of which) rmSync(at(host, `${SLOTS}/${slot}`));
};
/** Creates the missing slots. */
export const slotsBack = ({ namespace }: Host) => makeSlots(namespace);

/** Starts another listener in the service's place, which sends `answer`. Undefined: it is killed, and its socket stays. */
export async function anotherListener(host: Host, answer: Buffer | undefined): Promise<void> {
  away(host);
  const script = `
    const [, path, answer] = process.argv;
    require("node:net").createServer((s) => s.on("error", () => {}).once("data", () => s.end(Buffer.from(answer, "hex"))))
      .listen(path, () => {
        require("node:fs").chownSync(path, 0, 2999);
        require("node:fs").writeSync(1, "listens\\n");
        if (answer === "") process.kill(process.pid, "SIGKILL");
      });`;
  const hex = (answer ?? Buffer.alloc(0)).toString("hex");
  const child = host.namespace.start([`${PROGRAMS}/node`, "-e", script, SERVICE_SOCKET, hex]);
  if (child.stdout === null) throw new Error("started without pipes");
  const ended = once(child, "close");
  await outputOf("another listener", child.stdout).line(/^listens$/);
  chmodSync(at(host, SERVICE_SOCKET), 0o660);
  if (answer === undefined) await ended;
}

/** The service is not asked, since there is no usable socket. */
export const NO_SOCKET: Expected = { status: "not-applicable", names: /^there is no socket/ };
/** The consequence of a service that the relay cannot ask. */
export const INSTEAD = /logins still work, each call starts a one-shot program, 4 at a time/;
/** Joins the patterns; any text may be between them. */
export const message = (...parts: readonly RegExp[]) => new RegExp(parts.map(({ source }) => source).join(".*"));
