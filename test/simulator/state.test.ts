/** `state`: what one start keeps for the next, what is renewed, and folders that are refused. */
import { X509Certificate } from "node:crypto";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../src/simulator/simulator.ts";
import { folder, openssl } from "./openssl.ts";

const LOOPBACK = { host: "127.0.0.1", port: 0 };
const [A, B, C] = ["i-0000000000000000a", "i-0000000000000000b", "i-0000000000000000c"] as const;
const ALICE = "arn:aws:iam::111122223333:user/alice";
const SETTINGS = { instances: [{ id: A }, { id: B, state: "stopped" }], principals: [{ arn: ALICE }] } as const;
const DAY = 86_400_000;

async function started(state: string, options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({ authority: { caKey: "ec-p256" }, ...SETTINGS, state, ...options });
  onTestFinished(() => simulator.close());
  return simulator;
}

/** Starts, does something, and ends. Returns what is compared afterwards. */
async function once(state: string, options: SimulatorOptions = {}, act: (one: Simulator) => unknown = () => undefined) {
  const simulator = await started(state, options);
  await act(simulator);
  await simulator.close();
  const { credentials, principals } = simulator;
  return { ...pemsOf(simulator), credentials, principals };
}

const pemsOf = ({ authority }: Simulator) => ({ anchors: authority.anchorsPem, served: authority.servedPem });
const last = (pem: string) => new X509Certificate(pem);

test("the next start has the same root, signer and credentials", async () => {
  const at = join(folder(), "state");
  const first = await once(at);
  expect(await once(at)).toEqual(first);
  expect(await once(join(folder(), "other"))).not.toMatchObject({ anchors: first.anchors });
});

test("the folder and the file in it are its owner's alone, whatever the umask", async () => {
  const at = join(folder(), "state");
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  await once(at);
  expect(statSync(at).mode & 0o777).toBe(0o700);
  expect(readdirSync(at).map((name) => [name, statSync(join(at, name)).mode & 0o777])).toEqual([["state.json", 0o600]]);
});

test("what was added, changed or rotated at run time is there again, and what a test disturbed is not", async () => {
  const at = join(folder(), "state");
  const before = await once(at, {}, async (simulator) => {
    simulator.changeInstance(B, { state: "running", available: false });
    await simulator.addInstance({ id: C, type: "m5.large", metadata: LOOPBACK });
    simulator.addPrincipal({ arn: "arn:aws:iam::111122223333:user/carol", osUsers: ["admin"] });
    await simulator.authority.rotate("intermediate");
    simulator.authority.revoke("signer");
    simulator.push({ user: "alice", publicKey: "ssh-ed25519 AAAA" });
    simulator.faults.set({ fault: "hang", path: "*" });
  });
  const after = await started(at);
  expect(pemsOf(after)).toEqual({ anchors: before.anchors, served: before.served });
  expect(after.principals).toEqual(before.principals);
  expect(after.instance(B)).toMatchObject({ state: "running", available: false });
  expect(after.instance(C)).toMatchObject({ type: "m5.large", endpoints: [expect.stringMatching(/^http:/)] });
  expect([after.faults.rules, after.pushes(), [...after.authority.revoked]]).toEqual([[], [], []]);
});

test("a reset goes back to the start, and the next start keeps that", async () => {
  const at = join(folder(), "state");
  const first = await once(at, {}, async (simulator) => {
    await simulator.addInstance({ id: C });
    await simulator.authority.rotate();
    await simulator.reset();
  });
  const after = await started(at);
  expect(after.instances.map(({ id }) => id)).toEqual([A, B]);
  expect(pemsOf(after)).toEqual({ anchors: first.anchors, served: first.served });
});

test("credentials in the settings win over those that were kept", async () => {
  const at = join(folder(), "state");
  await once(at);
  const named = { arn: ALICE, accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };
  expect((await once(at, { principals: [named] })).credentials).toMatchObject({ accessKeyId: named.accessKeyId });
});

test("certificates near their end are renewed, and openssl still finds the way to the root that stays", async () => {
  const at = join(folder(), "state");
  const first = await once(at);
  const [signer = ""] = first.served.split(/(?=-----BEGIN)/);
  const end = new Date(last(signer).validTo);
  // A day more than the 30 in which it is renewed, and a day less.
  expect((await once(at, { at: new Date(end.getTime() - 31 * DAY) })).served).toBe(first.served);
  const later = new Date(end.getTime() - 29 * DAY);
  const renewed = await once(at, { at: later });
  expect(renewed.anchors).toBe(first.anchors);
  const [leaf = "", ...issuers] = renewed.served.split(/(?=-----BEGIN)/);
  expect(last(leaf).publicKey.equals(last(signer).publicKey)).toBe(true);
  expect(new Date(last(leaf).validTo).getTime()).toBeGreaterThan(end.getTime());
  expect(issuers.join("")).toBe(
    first.served
      .split(/(?=-----BEGIN)/)
      .slice(1)
      .join(""),
  );
  const { file, run } = openssl();
  const trust = [
    "-no-CApath",
    "-CAfile",
    file("root.pem", first.anchors),
    "-untrusted",
    file("i.pem", issuers.join("")),
  ];
  const attime = ["-attime", String(Math.floor(later.getTime() / 1000))];
  expect(run("verify", ...attime, ...trust, file("leaf.pem", leaf))).toMatchObject({ status: 0 });
});

test("another region gets a certificate with its name, by the same root", async () => {
  const at = join(folder(), "state");
  const first = await once(at);
  const other = await once(at, { region: "eu-west-1" });
  expect(other.anchors).toBe(first.anchors);
  expect(last(other.served).checkHost("managed-ssh-signer.eu-west-1.amazonaws.com")).toBeDefined();
});

describe("refused:", () => {
  const ROWS: readonly { title: string; make: (at: string) => string; said: RegExp; options?: SimulatorOptions }[] = [
    {
      title: "a folder that others can write to",
      make: (at) => {
        chmodSync(at, 0o770);
        return at;
      },
      said: /is open to other users \(mode 0770\)$/,
    },
    {
      title: "another user's folder",
      make: (at) => {
        // Root gives it away; to every other user /usr is root's.
        if (process.getuid?.() !== 0) return "/usr";
        chownSync(at, 65_534, 65_534);
        return at;
      },
      said: /belongs to another user \(\d+\)$/,
    },
    {
      title: "a link to a folder",
      make: (at) => {
        symlinkSync(at, join(at, "link"));
        return join(at, "link");
      },
      said: /link is not a directory$/,
    },
    {
      title: "a file that others can read",
      make: (at) => {
        writeFileSync(join(at, "state.json"), "{}");
        chmodSync(join(at, "state.json"), 0o644);
        return at;
      },
      said: /state\.json is open to other users \(mode 0644\)$/,
    },
    {
      title: "a folder in place of the file",
      make: (at) => {
        mkdirSync(join(at, "state.json"), { mode: 0o700 });
        return at;
      },
      said: /state\.json is not a file$/,
    },
    {
      title: "half of a file",
      make: (at) => written(at, '{"version":'),
      said: /is not the JSON that eic-simulator wrote$/,
    },
    { title: "another form", make: (at) => written(at, '{"version":2}'), said: /has another form: version 2$/ },
  ];

  test.each(ROWS)("$title", async ({ make, said }) => {
    const at = make(folder());
    await expect(startSimulator({ state: at })).rejects.toThrow(said);
  });

  test("another kind of keys, and a time at which the root is not valid", async () => {
    const at = join(folder(), "state");
    await once(at);
    const text = readFileSync(join(at, "state.json"), "utf8");
    await expect(startSimulator({ state: at })).rejects.toThrow("the saved keys are ec-p256, not rsa-2048");
    const late = { state: at, authority: { caKey: "ec-p256" }, at: new Date(Date.now() + 11 * 365 * DAY) } as const;
    await expect(startSimulator(late)).rejects.toThrow(/^the saved anchor certificate is not valid at 20/);
    expect(readFileSync(join(at, "state.json"), "utf8")).toBe(text);
  });
});

function written(at: string, text: string): string {
  writeFileSync(join(at, "state.json"), text, { mode: 0o600 });
  return at;
}
