/** Opens the service's socket: the one that systemd passes, or, if started by hand, a separate one at a given path. */
import { lstatSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";

/** Maximum connections that may wait to be accepted; the kernel has its own limit, too. */
const BACKLOG = 1024;

/** Listens on a descriptor that is already a listening socket. */
export const listenOn = (fd: number) => (server: Server) =>
  listening(server, () => server.listen({ fd, backlog: BACKLOG }));

/**
 * Creates a socket that only the process's user and group can use. An existing socket is removed only if it belongs to the
 * same user and no process listens on it.
 * @throws Error with a message for people
 */
export const listenAt = (path: string) => async (server: Server) => {
  await removeStaleSocket(path);
  await listening(server, () => {
    // listen() creates the socket: a chmod afterwards would leave a moment in which other users can connect.
    const before = process.umask(0o117);
    try {
      server.listen({ path, backlog: BACKLOG });
    } finally {
      process.umask(before);
    }
  });
};

async function removeStaleSocket(path: string): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new Error(`${path} exists and is not a socket`);
  if (await isListening(path)) throw new Error(`another process already answers at ${path}`);
  if (stats.uid !== process.geteuid?.()) throw new Error(`${path} belongs to user ${stats.uid}`);
  const { dev, ino } = lstatSync(path);
  if (dev !== stats.dev || ino !== stats.ino) throw new Error(`${path} changed while it was checked`);
  unlinkSync(path);
}

/** Returns false only if it is certain that no process listens. */
function isListening(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path, () => {
    socket.destroy();
    resolve(true);
  });
  socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code !== "ECONNREFUSED"));
  return promise;
}

async function listening(server: Server, listen: () => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).once("listening", resolve);
  listen();
  await promise;
  // For example, out of descriptors: waiting connections are accepted when descriptors are available again.
  server.off("error", reject).on("error", () => undefined);
}
