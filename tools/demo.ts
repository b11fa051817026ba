/**
 * `npm run demo`: a key is pushed, served, verified and used to log in, and attempts to cheat are refused; all on this
 * machine, without a cloud. It ends by itself. Exit status: 0 if every result is as the text says, else 1.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_TERMINAL } from "./demo/agent.ts";
import { realLogin } from "./demo/login.ts";
import { paper } from "./demo/output.ts";
import { type Service, startService } from "./demo/service.ts";
import { keyLifecycle } from "./demo/steps.ts";

paper.text(
  "eic-agent: logging in with a key that the server has never seen",
  "",
  "With EC2 Instance Connect a public key is pushed to AWS, and for 60 seconds a server there accepts it. On the " +
    "server, sshd asks a program which keys to accept. That program is eic-agent: it fetches what was pushed, believes " +
    "nothing until it is proven, and prints what holds. Here AWS is simulated, and nothing leaves this machine.",
);
if (NO_TERMINAL !== undefined) {
  paper.text("", `eic-agent's output on a terminal is not shown (${NO_TERMINAL}), only what sshd would read.`);
}

process.chdir(join(import.meta.dirname, ".."));
const folder = mkdtempSync(join(tmpdir(), "eic-demo-"));
let service: Service | undefined;
try {
  paper.step("Building the agent and the simulator");
  const { status } = spawnSync(process.execPath, ["tools/build.ts"], { stdio: "inherit" });
  paper.expect(status === 0, `dist/eic-agent.cjs, ${Math.round(statSync("dist/eic-agent.cjs").size / 1024)} kB`);

  paper.step("Starting the simulated service, with keys and certificates of its own");
  service = await startService(folder);
  const { endpoint, instanceId, region, domain } = service.simulator;
  paper.fact("metadata", `${endpoint}, where this "instance", ${instanceId}, asks about itself`);
  paper.fact("API", `${service.simulator.apiEndpoint}, where keys are pushed to with any AWS SDK`);
  paper.fact("signer", `managed-ssh-signer.${region}.${domain}, which signs every pushed key`);

  await keyLifecycle(service, folder);
  await realLogin();
} finally {
  await service?.simulator.close();
  rmSync(folder, { recursive: true, force: true });
}

paper.text("");
if (paper.unexpected.length === 0) paper.text("Every step had the expected result. To try it yourself: README.md");
else paper.text(`${paper.unexpected.length} did not have the expected result:`, ...paper.unexpected);
process.exitCode = paper.unexpected.length === 0 ? 0 : 1;
