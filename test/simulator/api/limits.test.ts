/** Requests that are too large, too slow or not HTTP: answered properly, logged, and without harm to the next call. */
import { expect, onTestFinished, test } from "vitest";
import { type Simulator, startSimulator } from "../../../src/simulator/simulator.ts";
import { call, INPUT, send, signed } from "../../clients/raw-call.ts";
import { exchange } from "../raw-client.ts";

async function started(apiPatience?: number): Promise<Simulator> {
  const authority = { caKey: "ec-p256", signerKey: "ec-p256" } as const;
  const simulator = await startSimulator({ authority, ...(apiPatience === undefined ? {} : { apiPatience }) });
  onTestFinished(() => simulator.close());
  return simulator;
}

/** Sends bytes on a separate connection. Returns all data received until its end. */
async function told(simulator: Simulator, bytes: string): Promise<string> {
  const { over, text } = exchange(simulator.apiEndpoint, bytes);
  expect(await over).toBe("end");
  return text();
}

const AT_MOST = 65_536;

test("a body of 64 KiB is read, one byte more is refused, for every client", async () => {
  const simulator = await started();
  const padded = (length: number) => {
    const wire = call(simulator, { ...INPUT, Padding: "" });
    return { ...wire, body: wire.body.replace('""', `"${"x".repeat(length - wire.body.length)}"`) };
  };
  expect((await send(simulator, await signed(simulator, padded(AT_MOST)))).status).toBe(200);
  const refused = { status: 413, name: "RequestEntityTooLargeException" };
  expect(await send(simulator, await signed(simulator, padded(AT_MOST + 1)))).toMatchObject(refused);
  expect(await send(simulator, padded(4 * 1024 * 1024))).toMatchObject(refused);
  expect(simulator.calls.map(({ httpStatus }) => httpStatus)).toEqual([200, 413, 413]);
  expect(simulator.pushes()).toHaveLength(1);
});

test.each([
  {
    title: "headers over 16 KiB",
    bytes: `POST / HTTP/1.1\r\nX: ${"x".repeat(16 * 1024)}\r\n\r\n`,
    status: 431,
    name: "RequestEntityTooLargeException",
  },
  { title: "not HTTP", bytes: "EHLO simulator\r\n\r\n", status: 400, name: "MalformedHttpRequestException" },
  {
    title: "a length that is not a number",
    bytes: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ten\r\n\r\n",
    status: 400,
    name: "MalformedHttpRequestException",
  },
  {
    title: "a length and chunks",
    bytes: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    status: 400,
    name: "MalformedHttpRequestException",
  },
])("$title: $status", async ({ bytes, status, name }) => {
  const simulator = await started();
  const text = await told(simulator, bytes);
  expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(text).toMatch(/x-amzn-requestid: [0-9a-f-]{36}\r\n/);
  expect(text).toContain(`{"__type":"${name}",`);
  expect(simulator.calls).toMatchObject([{ errorCode: name, httpStatus: status, eventName: null }]);
});

test.each([
  { title: "its headers", bytes: "POST / HTTP/1.1\r\nHost: a\r\n" },
  { title: "its body", bytes: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf" },
])("a client that does not finish $title is disconnected with 408", async ({ bytes }) => {
  const simulator = await started(50);
  const text = await told(simulator, bytes);
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  expect(text).toContain('{"__type":"RequestTimeoutException",');
  expect(simulator.calls).toMatchObject([{ errorCode: "RequestTimeoutException", httpStatus: 408 }]);
});

test("a client that leaves in the middle of a request gets no answer, and leaves no state", async () => {
  const simulator = await started();
  const { socket, over } = exchange(
    simulator.apiEndpoint,
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf",
  );
  socket.end();
  await over;
  expect((await send(simulator, await signed(simulator, call(simulator)))).status).toBe(200);
  expect(simulator.pushes()).toHaveLength(1);
});

test("closing does not wait for a request in transit", async () => {
  const simulator = await startSimulator({ authority: { caKey: "ec-p256", signerKey: "ec-p256" } });
  const hanging = exchange(simulator.apiEndpoint, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
  await new Promise((resolve) => hanging.socket.once("connect", resolve));
  await simulator.close();
  await hanging.over;
  expect(hanging.text()).toBe("");
});

test("a request without a host is answered like every other", async () => {
  const simulator = await started();
  const text = await told(simulator, "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  expect(text).toMatch(/^HTTP\/1\.1 403 /);
  expect(text).toContain(`x-amzn-requestid: ${simulator.calls[0]?.requestID}\r\n`);
});
