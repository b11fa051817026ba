/** The last step of the demo: a real sshd that calls the agent, and a real ssh, if this machine allows it. */
import { FOLDER, laySdk, runInside, sdkPush } from "../../test/clients/inside.ts";
import { openInstance } from "../../test/support/sshd-instance.ts";
import { newKey } from "../../test/support/sshd-keys.ts";
import { missingFor } from "../requirements.ts";
import { prepare } from "../setup.ts";
import { isRoot } from "../system.ts";
import { paper } from "./output.ts";

/** The simulator's default instance ID. */
const DEFAULT_INSTANCE = "i-0abcdef1234567890";

export async function realLogin(): Promise<void> {
  paper.step(
    "The same with a real sshd and a real ssh",
    "In a corner of its own (network, files, processes), where the service has its real address, 169.254.169.254,",
    "and sshd_config says: AuthorizedKeysCommand /usr/libexec/eic-agent/authorized-keys %u %f",
  );
  if (isRoot()) await prepare((line) => paper.text(`   ${line}`), ["sshd"], 77);
  const reason = missingFor("sshd");
  if (reason !== undefined) {
    paper.text(`   not shown here: ${isRoot() ? reason : "needs root, as in: sudo npm run demo"}`);
    return;
  }
  const { namespace, sshd, close } = await openInstance();
  try {
    const key = await newKey(namespace);
    const ssh = `ssh -i ${key.path} alice@127.0.0.1 'echo "hello from $(id -un)"'`;

    paper.text("", "   before the push");
    paper.command(ssh);
    const before = await sshd.login("alice", [key]);
    paper.fact("ssh", ...before.stderr.trim().split(/\r?\n/));
    paper.expect(before.status === 255 && before.stderr.includes("Permission denied"), "sshd lets nobody in");

    paper.text("", "   after it, with AWS's SDK, which finds the service and its credentials in aws.env");
    const push = sdkPush(DEFAULT_INSTANCE, "alice", key);
    paper.command(`. ${FOLDER}/aws.env; node ${push.slice(1).join(" ")}`);
    await laySdk(namespace);
    paper.fact("SDK", `Success, request ${await runInside(namespace, push)}`);
    paper.command(ssh);
    const from = sshd.log.lines.length;
    const login = await sshd.login("alice", [key], 'echo "hello from $(id -un)"');
    paper.fact("ssh", ...`${login.stdout}${login.stderr}`.trim().split(/\r?\n/));
    paper.expect(login.status === 0 && login.stdout === "hello from alice\n", "alice is in, by a pushed key");
    paper.fact("sshd log", await sshd.log.line(/^Accepted publickey for alice /, from));
  } finally {
    await close();
  }
}
