/** The contract with sshd: lines, exit status, silence; nothing else is requested, read or left behind. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { agent, run, runOnTerminal } from "../support/agent.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { calledAs } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const paths = () => one().simulator.requests.map(({ method, path }) => `${method} ${path}`);
const META = "/latest/meta-data";

describe("authorized-keys", () => {
  test("without a pushed key prints nothing, succeeds, and sends two requests", async () => {
    expect(await run(agent(one().config, "nobody"))).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(paths()).toEqual(["PUT /latest/api/token", `GET ${META}/managed-ssh-keys/active-keys/nobody/`]);
  });

  test("with a pushed key that is not the offered one sends two requests, too", async () => {
    one().simulator.push({ user: "alice", publicKey: KEY });
    const other = fingerprint(keyLine("another"));
    expect(await run(agent(one().config, "alice", other))).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(paths()).toHaveLength(2);
  });

  test("with the offered key prints it, and fetches only the staples that it needs", async () => {
    one().simulator.push({ user: "bob", publicKey: `${KEY} bob@laptop` });
    expect(await run(agent(one().config, "bob", fingerprint(KEY)))).toMatchObject({
      status: 0,
      stdout: `${KEY}\n`,
      stderr: "",
    });
    const [token, keys, ...others] = paths();
    expect(token).toBe("PUT /latest/api/token");
    expect(keys).toBe(`GET ${META}/managed-ssh-keys/active-keys/bob/`);
    const staples = others.filter((path) => /signer-ocsp\/./.test(path));
    expect(staples).toHaveLength(2);
    expect(others.filter((path) => !staples.includes(path)).toSorted()).toEqual(
      [
        "instance-id",
        "managed-ssh-keys/signer-cert/",
        "managed-ssh-keys/signer-ocsp/",
        "placement/region",
        "services/domain",
      ].map((path) => `GET ${META}/${path}`),
    );
  });

  test("without a fingerprint prints every key, each once", async () => {
    const keys = [1, 2, 3].map((n) => keyLine(`carol's ${n}`));
    for (const publicKey of [...keys, ...keys]) one().simulator.push({ user: "carol", publicKey });
    expect((await run(agent(one().config, "carol"))).stdout).toBe(keys.map((key) => `${key}\n`).join(""));
  });

  test.each(["", "SHA1:abc", "garbage", "SHA256:tooshort", "SHA512:x"])("filters nothing by %j", async (unknown) => {
    one().simulator.push({ user: "dave", publicKey: KEY });
    expect(await run(agent(one().config, "dave", unknown))).toMatchObject({ status: 0, stdout: `${KEY}\n` });
  });

  test.each(["", ".", "..", "a/b", "../signer-cert", "a\nb", "a".repeat(257)])(
    "sends no request for %j, which is not a user name",
    async (user) => {
      expect(await run(agent(one().config, user))).toMatchObject({ status: 0, stdout: "", stderr: "" });
      expect(paths()).toEqual([]);
    },
  );

  test("sends a user's name as one raw path segment", async () => {
    one().simulator.push({ user: "svc$@example.org", publicKey: KEY });
    expect(await run(agent(one().config, "svc$@example.org"))).toMatchObject({ status: 0, stdout: `${KEY}\n` });
    expect(paths()[1]).toBe(`GET ${META}/managed-ssh-keys/active-keys/svc$@example.org/`);
  });

  test("without a user is a usage error: exit 2, silent", async () => {
    expect(await run(agent(one().config))).toMatchObject({ status: 2, stdout: "", stderr: "" });
    expect(await run(agent(one().config, "a", "b", "c"))).toMatchObject({ status: 2, stdout: "", stderr: "" });
    expect((await runOnTerminal(agent(one().config))).told).toContain("usage: eic-agent authorized-keys");
  });

  test("sends no request on a machine that is not an EC2 instance", async () => {
    const { simulator, folder } = one();
    simulator.push({ user: "alice", publicKey: KEY });
    const [tag, config] = [join(folder, "no-dmi"), join(folder, "no-ec2.toml")];
    writeFileSync(tag, "Default string\n", { mode: 0o644 });
    const lines = [
      "[metadata]",
      `endpoint = "${simulator.endpoint}"`,
      "[instance]",
      `dmi_path = "${tag}"`,
      `hypervisor_path = "${tag}"`,
    ];
    writeFileSync(config, lines.join("\n"), { mode: 0o644 });
    expect(await run(agent(config, "alice"))).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(paths()).toEqual([]);
  });

  test("is not redirected by the environment", async () => {
    one().simulator.push({ user: "erin", publicKey: KEY });
    const env = {
      HTTP_PROXY: "http://127.0.0.1:1",
      http_proxy: "http://127.0.0.1:1",
      NODE_USE_ENV_PROXY: "1",
      EIC_CONFIG: "/nowhere",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:1",
      HOME: "/nowhere",
    };
    expect(await run(agent(one().config, "erin"), env)).toMatchObject({ status: 0, stdout: `${KEY}\n`, stderr: "" });
  });

  test("leaves no temporary file", async () => {
    const place = join(one().folder, "tmp");
    mkdirSync(place);
    one().simulator.push({ user: "frank", publicKey: KEY });
    expect(await run(agent(one().config, "frank"), { TMPDIR: place })).toMatchObject({ status: 0, stdout: `${KEY}\n` });
    expect(readdirSync(place)).toEqual([]);
  });

  test("prints its decision on a terminal, and still prints only keys to standard output", async () => {
    const fields = ["#Timestamp=1", "#Instance=i-1", "#Caller=arn:aws:sts::1:assumed-role/Admin/x\u001b[31m"];
    one().simulator.push({ raw: true, user: "grace", keyLine: KEY, fields });
    const { status, stdout, told } = await runOnTerminal(agent(one().config, "grace"));
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(told).toContain("(broken-block)");
    expect(told).not.toContain("\u001b[31m");
  });
});

describe("sshd's entry point", () => {
  const door = () => calledAs("authorized-keys", join(one().folder, "libexec"));

  test.each([{ words: [] }, { words: ["a", "b", "c"] }])("is a usage error with $words", async ({ words }) => {
    expect(await run([...door(), ...words])).toMatchObject({ status: 2, stdout: "", stderr: "" });
  });

  // This entry point cannot be directed at a simulator: calls with requests are tested in a network namespace (test/e2e).
  test("treats --config as a user name, not as an option", async () => {
    const { status, stdout } = await run([...door(), "--config", one().config, "alice"]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });
});
