/** `eic-agent status` through the built bundle, in its forms, and when no service answers. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { command, run } from "../support/agent.ts";
import { fingerprint, KEY } from "../support/keys.ts";
import { startService } from "../support/service.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();

test("status shows what the service has done", async () => {
  const { simulator, config } = one();
  simulator.push({ user: "alice", publicKey: KEY });
  const service = await startService(config);
  await service.ask("alice", fingerprint(KEY));
  await service.ask("nobody");
  const page = await run(command("status", "--socket", service.socket));
  expect(page).toMatchObject({ status: 0, stderr: "" });
  expect(page.stdout).toContain("calls               2 calls; now 0 in progress, 0 waiting\n");
  expect(page.stdout).toContain("answers             1 keys, 1 no-keys\n");

  const json = await run(command("status", "--socket", service.socket, "--json"));
  expect(JSON.parse(json.stdout)).toMatchObject({
    format: "eic-agent status",
    version: 1,
    pid: service.child.pid,
    calls: { total: 2, inProgress: 0, waiting: 0, rejected: 0 },
    answers: { keys: 1, "no-keys": 1 },
    trial: {},
    refusals: {},
    faults: {},
    metadataRequests: { token: 1, keys: 2, signer: 7 },
    signers: { metadata: 1 },
    signer: { name: "managed-ssh-signer.us-east-1.amazonaws.com" },
  });

  const metrics = await run(command("status", "--socket", service.socket, "--prometheus"));
  expect(metrics.stdout).toContain('eic_agent_answers_total{kind="keys"} 1\n');
});

test("status says what to do if no service answers", async () => {
  expect(await run(command("status", "--socket", "/nowhere/s"))).toMatchObject({
    status: 1,
    stdout: "",
    stderr: "eic-agent: no service answers at /nowhere/s (ENOENT); start one: eic-agent serve --socket /nowhere/s\n",
  });
  expect(await run(command("status", "--json", "--prometheus"))).toMatchObject({ status: 2, stdout: "" });
});

test("the file of --output has the metrics, and says so if no service answers", async () => {
  const { config } = one();
  const folder = mkdtempSync(join(tmpdir(), "eic-status-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "eic-agent.prom");
  const to = (file: string, socket: string) =>
    run(command("status", "--prometheus", "--output", file, "--socket", socket));
  const service = await startService(config);
  expect(await to(path, service.socket)).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect(readFileSync(path, "utf8")).toMatch(/^eic_agent_up 1\n(.*\n)*eic_agent_calls_total 0$/m);

  expect(await to(path, "/nowhere/s")).toMatchObject({ status: 1, stdout: "" });
  expect(readFileSync(path, "utf8")).toMatch(/^eic_agent_up 0$/m);
  expect(readFileSync(path, "utf8")).not.toContain("eic_agent_calls_total");
  expect(readdirSync(folder)).toEqual(["eic-agent.prom"]);

  const nowhere = await to(join(folder, "none", "x.prom"), service.socket);
  expect(nowhere).toMatchObject({ status: 1, stdout: "" });
  expect(nowhere.stderr).toContain("cannot be written (ENOENT); make the folder");
  expect(await run(command("status", "--output", path))).toMatchObject({ status: 2, stdout: "" });
});
