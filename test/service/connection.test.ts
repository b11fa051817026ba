/** Limits of connections: a client that does not read its answer, and a crowd that fills every place. Uses a fake clock. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { serveConnection } from "../../src/service/server/connection.ts";
import { listenAt } from "../../src/service/server/listen.ts";
import { Service } from "../../src/service/server/server.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { askAt, callBytes, exchangeBytes, heard } from "../support/service.ts";

/** Values from docs/service.md. */
const HEARD = 768;
const TAKEN = 1536;
const SECOND = 1000;
const AT_ONCE = 256;
const STATUS = Buffer.from("EIS\x01", "latin1");

function socketPath(): string {
  const folder = mkdtempSync("/tmp/eic-connection-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "s");
}

test("a client that does not read its answer keeps the connection for a second, and no longer", async () => {
  const path = socketPath();
  const clock = fakeClock();
  const served = Promise.withResolvers<Socket>();
  const over = Promise.withResolvers<void>();
  // More than a socket's buffers hold.
  const frame = Buffer.alloc(1024 * 1024);
  const server = createServer((socket) => {
    serveConnection(socket, clock, {
      answer: async () => frame,
      onRejected: () => undefined,
      onClose: () => over.resolve(),
    });
    served.resolve(socket);
  });
  server.listen(path);
  onTestFinished(() => void server.close());
  const client = connect(path);
  onTestFinished(() => void client.destroy());
  client.write(callBytes("alice"));
  const socket = await served.promise;
  while (!socket.writableEnded) await new Promise(setImmediate);
  clock.advance(SECOND - 1);
  await new Promise(setImmediate);
  expect(socket.destroyed).toBe(false);
  clock.advance(1);
  await over.promise;
  expect(socket.destroyed).toBe(true);
});

/** Starts a service whose clients may be arbitrarily slow. */
async function patientService() {
  const path = socketPath();
  const output = { isJournal: false, closed: new Promise<string>(() => undefined), write: async () => undefined };
  const service = new Service({ config: `${path}.absent`, clock: fakeClock(), output, version: "0.0.0-test" });
  await service.start(listenAt(path));
  const clients: Socket[] = [];
  onTestFinished(async () => {
    for (const client of clients) client.destroy();
    service.end("signalled");
    await service.ended;
  });
  return {
    path,
    service,
    async connectMore(count: number) {
      const more: Socket[] = [];
      for (let left = count; left > 0; left -= AT_ONCE) {
        // Connections are accepted in order: an answer shows that the queue was empty.
        await exchangeBytes(path, STATUS);
        const some = Array.from({ length: Math.min(left, AT_ONCE) }, () => connect(path));
        clients.push(...some);
        more.push(...some);
        await Promise.all(some.map((client) => once(client, "connect")));
      }
      return more;
    },
  };
}

test(`with ${HEARD} silent connections, another request gets "busy"; when they have gone, it is answered`, async () => {
  const { path, service, connectMore } = await patientService();
  const [first, ...others] = await connectMore(HEARD);
  expect(await askAt(path, "alice")).toEqual({ status: 3, lines: "" });
  expect(service.status().answers).toEqual({ busy: 1 });
  first?.destroy();
  while (service.status().calls.rejected < 1) await new Promise(setImmediate);
  // The settings file is absent: a Fault, which is an answer as well.
  expect(await askAt(path, "alice")).toEqual({ status: 1, lines: "" });
  expect(others.filter(({ destroyed }) => destroyed)).toEqual([]);
});

test(`of more than ${TAKEN} connections the newest is closed at once, and all others stay`, async () => {
  const { path, service, connectMore } = await patientService();
  const clients = await connectMore(TAKEN);
  expect(await heard(connect(path))).toEqual(Buffer.alloc(0));
  expect(service.status().calls.rejected).toBe(1);
  expect(clients.filter(({ destroyed }) => destroyed)).toEqual([]);
});
