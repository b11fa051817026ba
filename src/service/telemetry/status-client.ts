/** Requests the status of a running service. Under systemd, a request starts a service that is not running. */
import { connect } from "node:net";
import { SOCKET_PATH } from "../../host/installed-paths.ts";
import { readStatus, STATUS_REQUEST } from "../server/protocol.ts";
import type { Status } from "./status.ts";

/** Maximum milliseconds, including the start of the service; maximum bytes of an answer. */
const TIMEOUT_MS = 3000;
const MOST = 256 * 1024;

/** @throws Error, with the system's code if the service could not be reached */
export async function askStatus(path: string = SOCKET_PATH): Promise<Status> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const socket = connect(path);
  const late = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  const parts: Buffer[] = [];
  let size = 0;
  socket.on("error", reject);
  socket.on("data", (part: Buffer) => {
    parts.push(part);
    size += part.length;
    if (size > MOST) reject(new Error("this is not a status"));
  });
  socket.on("end", () => resolve(Buffer.concat(parts)));
  socket.on("close", () => reject(new Error("closed without an answer")));
  socket.write(STATUS_REQUEST);
  try {
    return statusIn(await promise);
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}

function statusIn(bytes: Buffer): Status {
  const status = objectIn(readStatus(bytes) ?? "");
  // New names may be added (docs/service.md); a change of meaning gets a new version.
  const isOne = status?.format === "eic-agent status" && status.version === 1;
  if (!isOne) throw new Error("this is not a status");
  return status as unknown as Status;
}

function objectIn(text: string): Record<string, unknown> | null | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
}
