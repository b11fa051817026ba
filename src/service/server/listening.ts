/** Where the service listens: on the socket that systemd hands over, or by hand on a path of its own. */
import { lstatSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";

/** Connections that may wait to be taken; the kernel has its own limit, too. */
const BACKLOG = 1024;

/** A descriptor that listens already. */
export const listenOn = (fd: number) => (server: Server) =>
  listening(server, () => server.listen({ fd, backlog: BACKLOG }));

/**
 * A socket of one's own, for oneself and one's group. One that is there already is only removed if it is one's own and
 * nobody answers at it.
 * @throws Error in words
 */
export const listenAt = (path: string) => async (server: Server) => {
  await removeStaleSocket(path);
  await listening(server, () => {
    // The socket is made inside listen(): a chmod afterwards would leave a moment in which others can connect.
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
  if (!stats.isSocket()) throw new Error(`${path} is there, and is no socket`);
  if (await isListening(path)) throw new Error(`somebody answers at ${path} already`);
  if (stats.uid !== process.geteuid?.()) throw new Error(`${path} belongs to user ${stats.uid}`);
  const { dev, ino } = lstatSync(path);
  if (dev !== stats.dev || ino !== stats.ino) throw new Error(`${path} changed while it was looked at`);
  unlinkSync(path);
}

/** False only where it is certain that nobody does. */
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
  // Out of descriptors, for one: those who wait are taken when there are some again.
  server.off("error", reject).on("error", () => undefined);
}
