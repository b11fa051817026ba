/**
 * The built bundle alone, at the real metadata addresses and with everything that it finds by itself: endpoint,
 * settings file, DMI. It runs in a separate network namespace in which only the simulator can be reached.
 */
import { expect, onTestFinished, test } from "vitest";
import { DOOR, METADATA_V4, METADATA_V6, type Namespace, openNamespace } from "../support/namespace.ts";
import { type HiddenSimulator, SETTINGS, simulatorIn, withoutEndpoint } from "../support/namespace-simulator.ts";
import { describeWith } from "../support/needs.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGsP1hOlU7e0nU4sQbq0y2sZ2oF2oQkz1wY0xXlqg2Zl";
const V4 = `${METADATA_V4}:80`;
const V6 = `[${METADATA_V6}]:80`;
const DMI = "/sys/devices/virtual/dmi/id/board_asset_tag";

const FOUND = { status: 0, stdout: `${KEY}\n`, stderr: "" };
const SILENT = { status: 0, stdout: "", stderr: "" };
const FAULT = { status: 1, stdout: "", stderr: "" };

describeWith("namespace", "at the real metadata address", () => {
  test("the agent finds service, settings and keys by itself", async () => {
    const { ask, simulator } = await instance([V4]);
    simulator.installSettings(withoutEndpoint);
    expect(await ask("alice")).toEqual(FOUND);
  });

  test("no key: two requests and nothing printed", async () => {
    const { ask, simulator } = await instance([V4]);
    simulator.installSettings(withoutEndpoint);
    expect(await ask("bob")).toEqual(SILENT);
    expect(await simulator.requests()).toEqual([
      "200 PUT /latest/api/token",
      "404 GET /latest/meta-data/managed-ssh-keys/active-keys/bob/",
    ]);
  });

  test("a user named like an option is a user", async () => {
    const { ask, simulator } = await instance([V4]);
    simulator.installSettings(withoutEndpoint);
    await simulator.tell("push", { user: "--config", publicKey: KEY });
    expect(await ask("--config")).toEqual(FOUND);
  });

  test("IPv4 before IPv6", async () => {
    const { ask, simulator, connections } = await instance([V4, V6]);
    simulator.installSettings(withoutEndpoint);
    expect(await ask("bob")).toEqual(SILENT);
    expect(await connections()).toBe(1);
  });

  test.each([
    { title: "refuses connections", addresses: [METADATA_V4, METADATA_V6] },
    { title: "cannot be reached", addresses: [METADATA_V6] },
  ])("IPv6 if IPv4 $title", async ({ addresses }) => {
    const { ask, simulator, packets } = await instance([V6], addresses);
    simulator.installSettings(withoutEndpoint);
    const before = await packets();
    expect(await ask("alice")).toEqual(FOUND);
    expect(await packets()).toBeGreaterThan(before);
  });

  test("never IPv6 if the settings name the endpoint, even the default one", async () => {
    const { ask, simulator } = await instance([V6]);
    simulator.installSettings((text) => text.replace(/^endpoint = .*$/m, `endpoint = "http://${METADATA_V4}"`));
    expect(await ask("alice")).toEqual(FAULT);
    expect(await simulator.requests()).toEqual([]);
  });

  test("not tried if IPv4 has answered, even with an error", async () => {
    const { ask, simulator, connections, packets } = await instance([V4, V6]);
    simulator.installSettings(withoutEndpoint);
    await simulator.tell("fault", { fault: "500", path: "*" });
    const before = await packets();
    expect(await ask("alice")).toEqual(FAULT);
    // The agent asks again until the deadline, always at the address that has answered.
    expect((await simulator.tell("status", {})).requests).toBeGreaterThanOrEqual(2);
    expect(await connections()).toBeGreaterThanOrEqual(1);
    expect(await packets()).toBe(before);
  });

  test("the instance id is read from DMI if no setting has it", async () => {
    const { ask, simulator, namespace } = await instance([V4]);
    simulator.installSettings((text) => withoutInstance(withoutEndpoint(text)));
    namespace.write(DMI, "i-0abcdef1234567890\n");
    expect(await ask("alice")).toEqual(FOUND);
  });

  test("another instance's documents are refused, by the id in the DMI", async () => {
    const { ask, simulator, namespace } = await instance([V4]);
    simulator.installSettings((text) => withoutInstance(withoutEndpoint(text)));
    namespace.write(DMI, "i-0fffffffffffffff0\n");
    expect(await ask("alice")).toEqual(FAULT);
  });

  test("the pinned roots do not trust a service only because it answers there", async () => {
    const { ask, namespace } = await instance([V4]);
    namespace.write(DMI, "i-0abcdef1234567890\n");
    expect(await ask("alice")).toEqual(FAULT);
  });
});

describeWith("namespace", "not an EC2 instance", () => {
  test.each([
    { title: "no DMI, no hypervisor, no settings", files: {} },
    { title: "another maker's machine", files: { [DMI]: "Not Specified\n", "/sys/hypervisor/uuid": "0f0e-uuid\n" } },
    { title: "settings without an instance id", files: { [SETTINGS]: "[metadata]\ndeadline_ms = 1000\n" } },
  ])("$title: an answer without keys, and no connection is made", async ({ files }) => {
    const { ask, simulator, namespace, connections } = await instance([V4, V6]);
    for (const [path, text] of Object.entries(files)) namespace.write(path, text);
    expect(await ask("alice")).toEqual(SILENT);
    expect(await simulator.requests()).toEqual([]);
    expect(await connections()).toBe(0);
  });
});

interface Alone {
  readonly namespace: Namespace;
  readonly simulator: HiddenSimulator;
  /** Calls the program that sshd calls. */
  ask(user: string): Promise<Pick<Awaited<ReturnType<Namespace["run"]>>, "status" | "stdout" | "stderr">>;
  /** Number of TCP connections attempted in the namespace, successful or not. */
  connections(): Promise<number>;
  /** Number of IPv6 packets sent in the namespace. */
  packets(): Promise<number>;
}

/** Opens a namespace with the simulator at `listen` and a key pushed for alice, until the test ends. */
async function instance(listen: readonly string[], addresses = [METADATA_V4, METADATA_V6]): Promise<Alone> {
  const namespace = await openNamespace(addresses);
  onTestFinished(namespace.close);
  const simulator = await simulatorIn(namespace, listen);
  await simulator.tell("push", { user: "alice", publicKey: KEY });
  return {
    namespace,
    simulator,
    async ask(user) {
      const { status, stdout, stderr } = await namespace.run([DOOR, user]);
      return { status, stdout, stderr };
    },
    async connections() {
      const { stdout } = await namespace.mustRun(["cat", "/proc/net/snmp"]);
      const [names = [], values = []] = stdout
        .split("\n")
        .flatMap((line) => (line.startsWith("Tcp:") ? [line.split(" ")] : []));
      return Number(values[names.indexOf("ActiveOpens")]);
    },
    async packets() {
      const { stdout } = await namespace.mustRun(["cat", "/proc/net/snmp6"]);
      return Number(/^Ip6OutRequests\s+(\d+)$/m.exec(stdout)?.[1]);
    },
  };
}

const withoutInstance = (text: string): string => text.replace(/^\[instance\]\n(?:[^[\n].*\n)*/m, "");
