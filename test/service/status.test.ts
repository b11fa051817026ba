/** `eic-agent status` through the built bundle, in its three forms, and when no service answers. */
import { expect, test } from "vitest";
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
