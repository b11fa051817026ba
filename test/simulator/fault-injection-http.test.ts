/** Every fault, as observed by a client on a raw socket. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FaultName, type FaultRule, INJECTED_FAULTS } from "../../src/simulator/faults.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { type Exchange, exchange, request, token } from "./raw-client.ts";

const ID = "/latest/meta-data/instance-id";
const BODY = "i-0abcdef1234567890";

let simulator: Simulator;
let pass: Record<string, string>;
beforeAll(async () => {
  simulator = await startSimulator({ authority: { caKey: "ec-p256" } });
  pass = await token(simulator);
});
afterAll(() => simulator.close());
beforeEach(() => simulator.faults.clear());

/** Sends one request for the instance id under a fault. */
function under(rule: Partial<FaultRule> & { fault: FaultName }): Exchange {
  simulator.faults.set({ path: "instance-id", times: 1, ...rule });
  return exchange(simulator.endpoint, request(ID, pass));
}

/** Returns the answer on a connection that closes after it. */
async function whole(rule: Partial<FaultRule> & { fault: FaultName }) {
  const { text, over } = under(rule);
  const ended = await over;
  const [head = "", body = ""] = text().split(/\r\n\r\n([\s\S]*)/);
  return { ended, head: head.toLowerCase(), body };
}

/** Returns the answer on a connection that stays open. */
async function kept(rule: Partial<FaultRule> & { fault: FaultName }, last: string) {
  const { text, until, socket } = under(rule);
  await until((seen) => seen.endsWith(last));
  // The connection is open: a second request on it is answered.
  socket.write(request("/latest/meta-data/services/domain", pass));
  const first = text().length;
  await until((seen) => seen.length > first && seen.endsWith("amazonaws.com"));
  socket.destroy();
  return text().slice(0, first);
}

/** Returns the data of a fault that ends only with the connection: the client waits for `seen`, then closes. */
async function waiting(rule: Partial<FaultRule> & { fault: FaultName }, seen: (text: string) => boolean) {
  const { until, text, socket } = under(rule);
  await until(seen);
  socket.destroy();
  return text();
}

/** Sends a request that gets no answer, and waits until the simulator has received it. Returns the data received. */
async function unanswered(rule: Partial<FaultRule> & { fault: FaultName }) {
  const { socket, text } = under(rule);
  await new Promise<void>((resolve) => {
    const before = simulator.requests.length;
    const look = () => (simulator.requests.length > before ? resolve() : setImmediate(look));
    look();
  });
  // A second request on another connection is answered while the first one waits.
  const other = exchange(simulator.endpoint, request(ID, pass));
  await other.until((seen) => seen.includes("\r\n\r\n"));
  const came = text();
  socket.destroy();
  other.socket.destroy();
  return came;
}

const CASES: Record<FaultName, () => Promise<void>> = {
  slow: async () => {
    expect(await unanswered({ fault: "slow", ms: 60_000 })).toBe("");
    expect(await kept({ fault: "slow", ms: 1 }, BODY)).toContain("HTTP/1.1 200 OK");
  },
  hang: async () => expect(await unanswered({ fault: "hang" })).toBe(""),
  drip: async () => {
    const text = await waiting({ fault: "drip", ms: 60_000 }, (seen) => seen.endsWith("\r\n\r\n"));
    expect(text.toLowerCase()).toContain("content-length: 19\r\n");
    expect(await whole({ fault: "drip", ms: 1 })).toMatchObject({ ended: "end", body: BODY });
  },
  "drip-head": async () => {
    expect(await unanswered({ fault: "drip-head", ms: 60_000 })).toBe("");
    expect(await whole({ fault: "drip-head", ms: 1 })).toMatchObject({ ended: "end", body: BODY });
  },
  cut: async () => {
    const { ended, head, body } = await whole({ fault: "cut" });
    expect({ ended, body }).toEqual({ ended: "end", body: BODY });
    expect(head).toContain(`content-length: ${BODY.length + 64}`);
  },
  "cut-chunked": async () => {
    const { ended, head, body } = await whole({ fault: "cut-chunked" });
    expect({ ended, body }).toEqual({ ended: "end", body: `13\r\n${BODY}\r\n` });
    expect(head).toContain("transfer-encoding: chunked");
  },
  reset: async () => expect(await whole({ fault: "reset" })).toEqual({ ended: "reset", head: "", body: "" }),
  "reset-body": async () => {
    // The kernel decides how much of the body arrives before an RST; it is never the whole.
    const { ended, body } = await whole({ fault: "reset-body" });
    expect(ended).toBe("reset");
    expect(BODY.slice(0, 9).startsWith(body)).toBe(true);
  },
  endless: async () => {
    const text = await waiting({ fault: "endless" }, (seen) => seen.length > 1_200_000);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 200 OK\r\n[\\s\\S]*\r\n\r\n${BODY}\n+$`));
    expect(text.toLowerCase()).not.toMatch(/content-length|transfer-encoding/);
  },
  "endless-chunked": async () => {
    const text = await waiting({ fault: "endless-chunked" }, (seen) => seen.length > 1_200_000);
    expect(text).toContain(`\r\n\r\n13\r\n${BODY}\r\n10000\r\n\n\n`);
  },
  oversized: async () => {
    const bytes = 300_000;
    const text = await waiting({ fault: "oversized", bytes }, (seen) => seen.length > bytes);
    expect(text).toContain(`content-length: ${bytes}`);
    expect(text).toContain(`\r\n\r\n${BODY}\n\n`);
  },
  redirect: async () => {
    const text = await kept({ fault: "redirect" }, "</html>\n");
    expect(text).toContain("HTTP/1.1 302 Found");
    expect(text).toContain(`location: /redirected${ID}\r\n`);
    const followed = await fetch(`${simulator.endpoint}/redirected${ID}`, { headers: pass });
    expect([followed.status, await followed.text()]).toEqual([200, BODY]);
    expect(simulator.requests.at(-1)?.path).toBe(`/redirected${ID}`);
  },
  chunked: async () => {
    const text = await kept({ fault: "chunked" }, "0\r\n\r\n");
    expect(text.toLowerCase()).toContain("transfer-encoding: chunked");
    expect(text).toContain("\r\n\r\n9\r\ni-0abcdef\r\na\r\n1234567890\r\n0\r\n\r\n");
  },
  lengthless: async () => {
    const { ended, head, body } = await whole({ fault: "lengthless" });
    expect({ ended, body }).toEqual({ ended: "end", body: BODY });
    expect(head).not.toMatch(/content-length|transfer-encoding/);
  },
  close: async () => {
    const { ended, head, body } = await whole({ fault: "close" });
    expect({ ended, body }).toEqual({ ended: "end", body: BODY });
    expect(head).toContain("content-length: 19");
    expect(head).toContain("connection: close");
  },
  empty: async () => expect(await kept({ fault: "empty" }, "\r\n\r\n")).toContain("content-length: 0\r\n"),
  garbage: async () => {
    const { ended, head } = await whole({ fault: "garbage" });
    expect({ ended, head }).toEqual({ ended: "end", head: "\x16\x03\x01 this is not http" });
  },
  throttled: async () => {
    const text = await kept({ fault: "throttled", ms: 2001 }, "</html>\n");
    expect(text).toContain("HTTP/1.1 429 Too Many Requests");
    expect(text.toLowerCase()).toContain("retry-after: 3\r\n");
  },
  "400": () => refused(400, "Bad Request"),
  "401": () => refused(401, "Unauthorized"),
  "403": () => refused(403, "Forbidden"),
  "404": () => refused(404, "Not Found"),
  "429": () => refused(429, "Too Many Requests"),
  "500": () => refused(500, "Internal Server Error"),
  "502": () => refused(502, "Bad Gateway"),
  "503": () => refused(503, "Service Unavailable"),
  "504": () => refused(504, "Gateway Timeout"),
};

async function refused(status: number, reason: string): Promise<void> {
  const text = await kept({ fault: String(status) as FaultName }, "</html>\n");
  expect(text).toContain(`HTTP/1.1 ${status} ${reason}\r\n`);
  expect(text).not.toContain(BODY);
}

describe("on the wire", () => {
  test.each(Object.entries(INJECTED_FAULTS))("%s $about", (name) => CASES[name as FaultName]());
});
