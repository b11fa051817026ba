/** The metadata service as a function: the answer to each request. */
import { describe, expect, test } from "vitest";
import { answer, type MetadataSource } from "../../src/simulator/imds/imds.ts";
import { sessionTokens } from "../../src/simulator/imds/tokens.ts";

const NOW = new Date("2026-11-22T02:00:00Z");
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const tokens = sessionTokens();

const source: MetadataSource = {
  tokens,
  instanceId: "i-0abcdef1234567890",
  availabilityZone: "us-west-2-lax-1a",
  region: "us-west-2",
  domain: "amazonaws.com",
  partition: "aws",
  document: (user) => (["alice", "a b", "ü@x"].includes(user) ? Buffer.from(`keys of ${user}`) : undefined),
  authority: {
    servedPem: "PEM",
    stapleNames: () => ["AA", "BB"],
    staple: (name) => (name === "AA" ? Buffer.from("staple") : undefined),
  },
};

const TTL = "x-aws-ec2-metadata-token-ttl-seconds";
const put = (headers: Record<string, string>, method = "PUT") =>
  answer({ method, path: "/latest/api/token", headers }, source, NOW);
const get = (path: string, token = tokens.issue(60, NOW), now = NOW, method = "GET") =>
  answer({ method, path, headers: { "x-aws-ec2-metadata-token": token } }, source, now);
const data = (path: string) => get(`/latest/meta-data/${path}`);

describe("a token", () => {
  test.each([
    { headers: { [TTL]: "1" }, status: 200 },
    { headers: { [TTL]: "21600" }, status: 200 },
    { headers: {}, status: 400 },
    { headers: { [TTL]: "" }, status: 400 },
    { headers: { [TTL]: "0" }, status: 400 },
    { headers: { [TTL]: "21601" }, status: 400 },
    { headers: { [TTL]: "-1" }, status: 400 },
    { headers: { [TTL]: "1.5" }, status: 400 },
    { headers: { [TTL]: "six" }, status: 400 },
    { headers: { [TTL]: "60", "x-forwarded-for": "10.0.0.1" }, status: 403 },
  ])("asked for with $headers gets $status", ({ headers, status }) => {
    expect(put(headers as Record<string, string>).status).toBe(status);
  });

  test("is only given for a PUT", () => {
    expect(put({ [TTL]: "60" }, "GET").status).toBe(405);
    expect(put({ [TTL]: "60" }, "POST").status).toBe(405);
  });

  test("has a time to live, and is valid for exactly that time", () => {
    const { headers, body } = put({ [TTL]: "60" });
    expect(headers[TTL]).toBe("60");
    const at = (seconds: number) => get("/latest/meta-data/instance-id", body.toString(), later(seconds)).status;
    expect([at(0), at(59), at(60)]).toEqual([200, 200, 401]);
  });

  test.each([
    { title: "none", token: "" },
    { title: "one that was made up", token: "A".repeat(56) },
    { title: "one with another end", token: `//${tokens.issue(60, NOW).slice(2)}` },
    { title: "one of another simulator", token: sessionTokens().issue(60, NOW) },
    { title: "one with a space", token: `${tokens.issue(60, NOW)} ` },
  ])("$title is refused with 401, also on unknown paths", ({ token }) => {
    expect(get("/latest/meta-data/instance-id", token).status).toBe(401);
    expect(get("/latest/meta-data/nothing", token).status).toBe(401);
  });
});

describe.each(["", "/"])("with '%s' at the end", (slash) => {
  test.each([
    { path: "instance-id", body: "i-0abcdef1234567890" },
    { path: "placement/availability-zone", body: "us-west-2-lax-1a" },
    { path: "placement/region", body: "us-west-2" },
    { path: "services/domain", body: "amazonaws.com" },
    { path: "services/partition", body: "aws" },
    { path: "managed-ssh-keys/signer-cert", body: "PEM" },
    { path: "managed-ssh-keys/signer-ocsp", body: "AA\nBB" },
    { path: "managed-ssh-keys/signer-ocsp/AA", body: "staple" },
    { path: "managed-ssh-keys/active-keys/alice", body: "keys of alice" },
    { path: "managed-ssh-keys/active-keys/%61lice", body: "keys of alice" },
    { path: "managed-ssh-keys/active-keys/a%20b", body: "keys of a b" },
    { path: "managed-ssh-keys/active-keys/%C3%BC@x", body: "keys of ü@x" },
  ])("$path has $body", ({ path, body }) => {
    const response = data(`${path}${slash}`);
    expect({ status: response.status, body: response.body.toString() }).toEqual({ status: 200, body });
  });
});

test.each([
  "managed-ssh-keys/active-keys/bob/",
  "managed-ssh-keys/active-keys/",
  "managed-ssh-keys/active-keys/alice/more",
  "managed-ssh-keys/active-keys/%ff",
  "managed-ssh-keys/active-keys/a%2fb",
  "managed-ssh-keys/signer-ocsp/CC",
  "managed-ssh-keys/signer-ocsp/aa",
  "managed-ssh-keys",
  "ami-id",
  "",
  "instance-id/x",
])("'%s' does not exist", (path) => {
  expect(data(path).status).toBe(404);
});

test("nothing exists outside of /latest/, and nothing can be written", () => {
  expect(get("/instance-id").status).toBe(404);
  expect(get("/2021-07-15/meta-data/instance-id").status).toBe(404);
  expect(get("/latest/meta-data/instance-id", undefined, NOW, "POST").status).toBe(405);
});

test("every answer has the service's name and the simulator's time", () => {
  const date = "Sun, 22 Nov 2026 02:00:00 GMT";
  for (const response of [put({ [TTL]: "60" }), data("instance-id"), data("nothing"), put({})]) {
    expect(response.headers).toMatchObject({ server: "EC2ws", date });
  }
});
