/** The simulator as one object: what it serves, records, overrides and writes, and how it ends. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { expect, onTestFinished, test } from "vitest";
import { standingClock } from "../../src/simulator/clock.ts";
import { type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import { folder } from "./openssl.ts";
import { exchange, request, token } from "./raw-client.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGsP1hOlU7e0nU4sQbq0y2sZ2oF2oQkz1wY0xXlqg2Zl";
const KEYS = "/latest/meta-data/managed-ssh-keys/active-keys";

async function started(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ authority: { caKey: "ec-p256" }, ...options });
  onTestFinished(() => simulator.close());
  const headers = await token(simulator);
  const get = async (path: string) => {
    const response = await fetch(`${simulator.endpoint}${path}`, { headers });
    return { status: response.status, body: await response.text() };
  };
  return { simulator, get };
}

test("a key is served from its push on, for its user, for 60 seconds of the simulator's clock", async () => {
  const { simulator, get } = await started();
  expect((await get(`${KEYS}/ec2-user/`)).status).toBe(404);
  const { requestId, fingerprint } = simulator.push({ user: "ec2-user", publicKey: KEY });
  expect(fingerprint).toBe("SHA256:jPq2LfZwMzJoygUDRsj2ZNaY6IQ/SdxUrk/XLVIbRrw");
  const { status, body } = await get(`${KEYS}/ec2-user/`);
  expect(status).toBe(200);
  expect(body).toContain(`#Request=${requestId}\n${KEY}\n`);
  expect(body).toBe(simulator.document("ec2-user").toString());
  expect((await get(`${KEYS}/root/`)).status).toBe(404);
  simulator.clock.advance(60);
  expect((await get(`${KEYS}/ec2-user/`)).status).toBe(404);
});

test("region, domain and partition are the given ones, and are in the signer's name", async () => {
  const { simulator, get } = await started({
    region: "eu-isoe-west-1",
    domain: "cloud.adc-e.uk",
    partition: "aws-iso-e",
  });
  expect((await get("/latest/meta-data/placement/region")).body).toBe("eu-isoe-west-1");
  expect((await get("/latest/meta-data/placement/availability-zone")).body).toBe("eu-isoe-west-1a");
  expect((await get("/latest/meta-data/services/domain")).body).toBe("cloud.adc-e.uk");
  expect((await get("/latest/meta-data/services/partition")).body).toBe("aws-iso-e");
  expect(simulator.authority.certificate("signer").subject).toBe("CN=managed-ssh-signer.eu-isoe-west-1.cloud.adc-e.uk");
});

test("the clock moves tokens and the Date header too", async () => {
  const clock = standingClock(new Date("2026-11-22T02:00:00Z"));
  const { simulator, get } = await started({ clock });
  const headers = await token(simulator);
  const { headers: seen } = await fetch(`${simulator.endpoint}/latest/meta-data/instance-id`, { headers });
  expect(seen.get("date")).toBe("Sun, 22 Nov 2026 02:00:00 GMT");
  clock.advance(21_600);
  expect((await get("/latest/meta-data/instance-id")).status).toBe(401);
});

test("every request is recorded, with its user, its status and its fault", async () => {
  const { simulator, get } = await started();
  simulator.faults.set({ fault: "503", path: "region" });
  await get(`${KEYS}/%C3%BC/`);
  await get("/latest/meta-data/placement/region");
  expect(simulator.requests).toEqual([
    { method: "PUT", path: "/latest/api/token", status: 200, at: expect.any(Date) },
    { method: "GET", path: `${KEYS}/%C3%BC/`, status: 404, user: "ü", at: expect.any(Date) },
    { method: "GET", path: "/latest/meta-data/placement/region", status: 503, fault: "503", at: expect.any(Date) },
  ]);
});

test("the content of a path can be replaced or changed, but not its access check", async () => {
  const { simulator, get } = await started();
  simulator.override("instance-id", Buffer.from("i-other"));
  simulator.override("keys", (original) => Buffer.from(`<${original}>`));
  expect(await get("/latest/meta-data/instance-id")).toEqual({ status: 200, body: "i-other" });
  expect(await get(`${KEYS}/nobody/`)).toEqual({ status: 200, body: "<>" });
  expect((await fetch(`${simulator.endpoint}/latest/meta-data/instance-id`)).status).toBe(401);
  simulator.override("keys");
  expect((await get(`${KEYS}/nobody/`)).status).toBe(404);
});

test("it writes settings that name it, readable by all, and what a test adds to them", async () => {
  const { simulator } = await started({ instanceId: "i-0123456789abcdef0" });
  const at = join(folder(), "made");
  const { config, anchors } = await simulator.writeSettings(at, { metadata: { deadline_ms: 700 } });
  expect([config, anchors]).toEqual([join(at, "config.toml"), join(at, "anchors.pem")]);
  expect(parse(readFileSync(config, "utf8"))).toEqual({
    metadata: { endpoint: simulator.endpoint, deadline_ms: 700 },
    trust: { anchors },
    instance: { id: "i-0123456789abcdef0" },
  });
  expect(readFileSync(anchors, "utf8")).toBe(simulator.authority.anchorsPem);
  expect([config, anchors].map((path) => statSync(path).mode & 0o777)).toEqual([0o644, 0o644]);
});

test("it listens on loopback by default, and on several addresses if given", async () => {
  const { simulator } = await started();
  expect(simulator.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const listen = [
    { host: "127.0.0.1", port: 0 },
    { host: "127.0.0.2", port: 0 },
  ] as const;
  const { simulator: two } = await started({ listen });
  for (const endpoint of two.endpoints) expect((await fetch(endpoint)).status).toBe(401);
  expect(two.endpoints[1]).toMatch(/^http:\/\/127\.0\.0\.2:\d+$/);
});

test("an address in use is an error, and leaves nothing listening", async () => {
  const { simulator } = await started();
  const port = Number(new URL(simulator.endpoint).port);
  const free = { host: "127.0.0.1", port: 0 };
  await expect(started({ listen: [free, { host: "127.0.0.1", port }] })).rejects.toThrow("EADDRINUSE");
});

test("closing destroys connections with a pending answer, and idle ones", async () => {
  const simulator = await startSimulator({ authority: { caKey: "ec-p256" } });
  simulator.faults.set({ fault: "hang", path: "token" });
  simulator.faults.set({ fault: "endless", path: "region" });
  const hanging = exchange(simulator.endpoint, request("/latest/api/token", {}, "PUT"));
  const endless = exchange(simulator.endpoint, request("/latest/meta-data/placement/region"));
  const idle = exchange(simulator.endpoint, request("/"));
  await idle.until((text) => text.endsWith("</html>\n"));
  await endless.until((text) => text.length > 200_000);
  while (simulator.requests.length < 3) await new Promise(setImmediate);
  await simulator.close();
  await Promise.all([hanging.over, endless.over, idle.over]);
  expect(hanging.text()).toBe("");
  await expect(fetch(simulator.endpoint)).rejects.toThrow();
});
