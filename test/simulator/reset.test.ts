/** Between two tests: keys that end without the clock, changes of instances and principals, and reset, which takes all back. */
import { EC2InstanceConnectClient, SendSSHPublicKeyCommand } from "@aws-sdk/client-ec2-instance-connect";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Credentials } from "../../src/simulator/api/principals.ts";
import { standingClock } from "../../src/simulator/clock.ts";
import { type Simulator, startSimulator } from "../../src/simulator/simulator.ts";
import { KEY } from "./bundle.ts";
import { token } from "./raw-client.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };
const [A, B, C] = ["i-0000000000000000a", "i-0000000000000000b", "i-0000000000000000c"] as const;
const ALICE = "arn:aws:iam::111122223333:user/alice";
const BOB = "arn:aws:iam::111122223333:user/bob";
/** The clients sign with the machine's time, so the simulator's must be near it. */
const NOW = new Date();

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({
    clock: standingClock(NOW),
    authority: { caKey: "ec-p256", staples: { status: "good" } },
    instances: [{ id: A }, { id: B, metadata: LOOPBACK, state: "stopped" }],
    principals: [{ arn: ALICE }, { arn: BOB, osUsers: ["ec2-user"] }],
    throttling: { burst: 2, perSecond: 1 },
  });
});
afterEach(() => simulator.reset());
afterAll(() => simulator.close());

/** Pushes with AWS's SDK. Returns "pushed", or the name of the error. */
async function push(credentials: Credentials, InstanceId: string = A, InstanceOSUser = "ec2-user"): Promise<string> {
  const { region, apiEndpoint: endpoint } = simulator;
  const client = new EC2InstanceConnectClient({ region, endpoint, credentials, maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  const command = new SendSSHPublicKeyCommand({ InstanceId, InstanceOSUser, SSHPublicKey: KEY });
  return client.send(command).then(
    () => "pushed",
    (error: Error) => error.name,
  );
}

async function read(endpoint: string, path: string): Promise<string> {
  const headers = await token({ ...simulator, endpoint });
  return (await fetch(`${endpoint}/latest/meta-data/${path}`, { headers })).text();
}

describe("expire", () => {
  const pushTo = (user: string, to?: string) => simulator.push({ user, publicKey: KEY }, to);
  const serial = { fingerprint: "SHA256:x", caller: ALICE, requestId: "r" };

  test("ends a user's keys, and neither another user's nor those on serial ports", () => {
    for (const user of ["alice", "alice", "bob"]) pushTo(user);
    simulator.instance().serialPort.push(serial);
    expect(simulator.expire({ user: "alice" })).toBe(2);
    expect(simulator.document("alice")).toHaveLength(0);
    expect(simulator.pushes().map(({ user }) => user)).toEqual(["bob"]);
    expect(simulator.instance().serialPort.live()).toHaveLength(1);
  });

  test("ends the keys of an instance, or all", () => {
    pushTo("alice");
    pushTo("alice", B);
    simulator.instance(B).serialPort.push(serial);
    expect(simulator.expire({ instanceId: B })).toBe(2);
    expect(simulator.pushes()).toHaveLength(1);
    expect(simulator.expire()).toBe(1);
    expect(simulator.expire()).toBe(0);
  });

  test("leaves the clock alone, so that the same client can push at once", async () => {
    const [alice] = simulator.principals;
    expect(await push(alice)).toBe("pushed");
    simulator.expire();
    expect(simulator.clock.now()).toEqual(NOW);
    expect(await push(alice)).toBe("pushed");
    // Moving the clock instead ends keys, too, and then also every signature of a client whose clock stays.
    simulator.clock.advance(20 * 60);
    expect(await push(alice)).toBe("RequestExpired");
  });
});

describe("while it runs", () => {
  test("a principal is added, limited and removed, as a client sees it", async () => {
    const carol = simulator.addPrincipal({ arn: "arn:aws:iam::111122223333:user/carol" });
    expect(carol.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(await push(carol)).toBe("pushed");
    simulator.changePrincipal(carol.arn, { osUsers: ["admin"] });
    expect(await push(carol)).toBe("AccessDeniedException");
    simulator.clock.advance(2);
    simulator.changePrincipal(carol.accessKeyId, { osUsers: undefined });
    expect(await push(carol)).toBe("pushed");
    simulator.removePrincipal(carol.arn);
    expect(await push(carol)).toBe("InvalidClientTokenId");
  });

  test("an instance is added with a metadata service, serves a key that a client pushed, and is removed", async () => {
    const [alice] = simulator.principals;
    const { endpoints } = await simulator.addInstance({ id: C, metadata: LOOPBACK });
    const [endpoint = ""] = endpoints;
    expect(await push(alice, C)).toBe("pushed");
    expect(await read(endpoint, "managed-ssh-keys/active-keys/ec2-user/")).toContain(`#Instance=${C}\n`);
    expect(simulator.requests.at(-1)).toMatchObject({ instanceId: C });
    await simulator.removeInstance(C);
    expect(await push(alice, C)).toBe("EC2InstanceNotFoundException");
    await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
  });

  test.each([
    { title: "the first instance stays", act: () => simulator.removeInstance(A), said: `${A} is the first instance` },
    { title: "an id is taken", act: () => simulator.addInstance({ id: B }), said: "two instances have the same id" },
    { title: "no such instance", act: () => simulator.removeInstance(C), said: `there is no instance ${C}` },
    { title: "the first principal stays", act: () => simulator.removePrincipal(ALICE), said: "is the first principal" },
    { title: "no such principal", act: () => simulator.changePrincipal("x", {}), said: "there is no principal x" },
    {
      title: "an ARN that two have",
      act: () => {
        simulator.addPrincipal({ arn: BOB });
        simulator.removePrincipal(BOB);
      },
      said: `${BOB} is the ARN of 2 principals: name an access key id`,
    },
    {
      title: "an access key id is taken",
      act: () => simulator.addPrincipal({ ...simulator.principals[0], arn: BOB }),
      said: "two principals have the same access key id",
    },
  ])("refused: $title", async ({ act, said }) => {
    const before = JSON.stringify(simulator.instances);
    await expect((async () => act())()).rejects.toThrow(said);
    expect(JSON.stringify(simulator.instances)).toBe(before);
  });
});

describe("reset puts back", () => {
  /** What is seen from outside, for each thing that a test can change, and one change of it. */
  const ROWS: readonly { what: string; change: () => unknown; seen: () => unknown }[] = [
    {
      what: "keys",
      change: () => simulator.push({ user: "alice", publicKey: KEY }),
      seen: () => read(simulator.endpoint, "managed-ssh-keys/active-keys/alice/").then((text) => text.includes(KEY)),
    },
    {
      what: "keys on serial ports",
      change: () => simulator.instance(B).serialPort.push({ fingerprint: "SHA256:x", caller: ALICE, requestId: "r" }),
      seen: () => simulator.instance(B).serialPort.live(),
    },
    {
      what: "faults",
      change: () => simulator.faults.set({ fault: "404", path: "instance-id" }),
      seen: () => read(simulator.endpoint, "instance-id"),
    },
    {
      what: "overrides",
      change: () => simulator.override("instance-id", Buffer.from("i-0")),
      seen: () => read(simulator.endpoint, "instance-id"),
    },
    { what: "the clock, moved", change: () => simulator.clock.advance(-5), seen: () => simulator.clock.now() },
    { what: "the clock, set", change: () => simulator.clock.set(new Date(0)), seen: () => simulator.clock.now() },
    {
      what: "revocations",
      change: () => simulator.authority.revoke("signer"),
      seen: () => [...simulator.authority.revoked],
    },
    {
      what: "a rotated signer",
      change: () => simulator.authority.rotate(),
      seen: () => read(simulator.endpoint, "managed-ssh-keys/signer-cert"),
    },
    {
      what: "keys of the authority, and its anchors",
      change: () => simulator.authority.configure({ caKey: "ec-p384" }),
      seen: () => [simulator.authority.anchorsPem, simulator.authority.servedPem],
    },
    {
      what: "names and shapes of staples",
      change: () => simulator.authority.configure({ stapleNames: "arbitrary", staples: { responder: "delegated" } }),
      seen: async () => [await read(simulator.endpoint, "managed-ssh-keys/signer-ocsp"), simulator.authority.options],
    },
    {
      what: "conditions of instances",
      change: () => simulator.changeInstance(B, { state: "running", serialConsole: "active" }),
      seen: () => push(simulator.credentials, B),
    },
    {
      what: "an added instance",
      change: () => simulator.addInstance({ id: C }),
      seen: () => push(simulator.credentials, C),
    },
    {
      what: "a removed instance, at its address",
      change: () => simulator.removeInstance(B),
      seen: () => simulator.instances.map(({ id, endpoints }) => ({ id, endpoints })),
    },
    {
      what: "an added principal",
      change: () => simulator.addPrincipal({ arn: "arn:aws:iam::111122223333:user/carol" }),
      seen: () => simulator.principals,
    },
    {
      what: "a changed principal",
      change: () => simulator.changePrincipal(ALICE, { account: "not-subscribed" }),
      seen: () => push(simulator.credentials),
    },
    { what: "a removed principal", change: () => simulator.removePrincipal(BOB), seen: () => simulator.principals },
    {
      what: "token buckets",
      change: () => Promise.all([push(simulator.credentials), push(simulator.credentials)]),
      seen: () => push(simulator.credentials),
    },
    {
      what: "the record of requests",
      change: () => read(simulator.endpoint, "instance-id"),
      seen: () => [simulator.requestCount, simulator.requests.length],
    },
    {
      what: "the record of calls",
      change: () => push(simulator.credentials),
      seen: () => [simulator.callCount, simulator.calls.length],
    },
  ];

  test.each(ROWS)("$what", async ({ change, seen }) => {
    const before = await seen();
    await simulator.reset();
    await change();
    expect(await seen()).not.toEqual(before);
    await simulator.reset();
    expect(await seen()).toEqual(before);
  });

  test("the metadata service of a removed instance answers again", async () => {
    const [endpoint = ""] = simulator.instance(B).endpoints;
    await simulator.removeInstance(B);
    await simulator.reset();
    expect(await read(endpoint, "instance-id")).toBe(B);
  });
});
