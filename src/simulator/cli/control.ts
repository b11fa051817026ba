/**
 * The control socket of a running simulator: HTTP over a unix socket, `POST /<action>` with JSON. A file, not a port,
 * because only its owner may use it, and because it also works from outside a network namespace.
 */
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import type { Simulator } from "../simulator.ts";
import { ACTIONS, type Action, type Reply, type Requests } from "./actions.ts";
import { codeOf, messageOf, Problem } from "./problem.ts";
import { controlSocket } from "./state-dir.ts";

/** Maximum bytes of a request; a push is below 5,000. */
const MAX_REQUEST = 1024 * 1024;

/** @returns a function that stops it and removes the socket */
export async function serveControl(folder: string, simulator: Simulator): Promise<() => Promise<void>> {
  const path = controlSocket(folder);
  if (await answers(path)) {
    throw new Problem(`a simulator runs in ${folder} already`, "stop it, or name another folder with --folder");
  }
  await rm(path, { force: true });
  const server = createServer(async (incoming, out) => {
    const [status, body] = await perform(simulator, folder, incoming);
    out.writeHead(status, { "content-type": "application/json", connection: "close" });
    out.end(`${JSON.stringify(body)}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    // listen() makes the socket: with a chmod afterwards, other users could connect before the chmod.
    const before = process.umask(0o177);
    server.listen(path, resolve);
    process.umask(before);
  });
  return async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    await rm(path, { force: true });
  };
}

async function perform(simulator: Simulator, folder: string, incoming: IncomingMessage): Promise<[number, unknown]> {
  try {
    const action = (incoming.url ?? "").slice(1);
    if (incoming.method !== "POST" || !isAction(action)) return [404, { error: `no such action: ${action}` }];
    const given: unknown = JSON.parse(await textOf(incoming));
    if (typeof given !== "object" || given === null) return [400, { error: "not a JSON object" }];
    const perform = ACTIONS[action] as (simulator: Simulator, request: object, folder: string) => Promise<unknown>;
    return [200, await perform(simulator, given, folder)];
  } catch (error) {
    return [400, { error: messageOf(error) }];
  }
}

/** Sends an action to the simulator that runs in `folder`. */
export async function sendAction<A extends Action>(folder: string, action: A, given: Requests[A]): Promise<Reply<A>> {
  const socketPath = controlSocket(folder);
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const out = request({ socketPath, path: `/${action}`, method: "POST" }, resolve);
    out.once("error", (error) => reject(unreachable(folder, error)));
    out.end(JSON.stringify(given));
  });
  const reply: unknown = JSON.parse(await textOf(incoming));
  if (incoming.statusCode === 200) return reply as Reply<A>;
  const { error = "refused" } = reply as { error?: string };
  throw new Problem(error, `see \`eic-simulator ${action} --help\``);
}

function unreachable(folder: string, error: Error): Problem {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ECONNREFUSED"
    ? new Problem(
        `no simulator runs in ${folder}`,
        "start one with `eic-simulator up`, or name its folder with --folder",
      )
    : new Problem(`cannot reach the simulator in ${folder} (${code})`, "are you the user who started it?");
}

/** Checks whether a simulator answers on the socket: false without a socket, or if an ended simulator left it behind. */
const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_REQUEST) throw new Error(`more than ${MAX_REQUEST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const isAction = (name: string): name is Action => Object.hasOwn(ACTIONS, name);
