/** The simulator at the real addresses, which are only used in a separate network namespace. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bundle, run, running } from "./bundle.ts";
import { folder } from "./openssl.ts";

const script = await bundle();

/** Root needs no user namespace, and some systems forbid user namespaces to all other users. */
const WAYS = [["--net"], ["--user", "--map-root-user", "--net"]];
const way = WAYS.find((flags) => spawnSync("unshare", [...flags, "ip", "link"]).status === 0);

const SETUP = [
  "ip link set lo up",
  "ip addr add 169.254.169.254/32 dev lo",
  "ip -6 addr add fd00:ec2::254/128 dev lo nodad",
  'exec "$@"',
].join("; ");

// A skipped test proves nothing: in CI it always runs, and fails if namespaces are forbidden.
test.skipIf(way === undefined && process.env.CI !== "true")(
  "up serves at both real addresses inside, and is controlled from outside",
  async () => {
    const [flags = [], at] = [way, folder()];
    const listen = ["--listen", "169.254.169.254:80", "--listen", "[fd00:ec2::254]:80"];
    const inside = [...flags, "sh", "-ec", SETUP, "sh", process.execPath, script, "up", "--folder", at, ...listen];
    const program = running("unshare", inside);
    onTestFinished(() => void program.child.kill("SIGKILL"));
    await program.until("Ctrl-C ends it\n");
    expect(program.said()).toContain("metadata  http://169.254.169.254 http://[fd00:ec2::254]\n");
    expect(program.said()).toContain("169.254.169.254 is not a loopback address: others may reach it");

    expect(run(script, "status", "--folder", at).stdout).toContain("i-0abcdef1234567890");
    const enter = ["--target", String(program.child.pid), "--net"];
    if (flags.includes("--user")) enter.push("--user", "--preserve-credentials");
    const ask = `for (const at of ["http://169.254.169.254", "http://[fd00:ec2::254]"])
    fetch(at + "/latest/api/token", { method: "PUT", headers: { "x-aws-ec2-metadata-token-ttl-seconds": "1" } })
      .then((answer) => console.log(at, answer.status));`;
    const { stdout } = spawnSync("nsenter", [...enter, process.execPath, "-e", ask], { encoding: "utf8" });
    expect(stdout.trim().split("\n").sort()).toEqual(["http://169.254.169.254 200", "http://[fd00:ec2::254] 200"]);

    program.child.kill("SIGTERM");
    expect(await program.ended).toBe(0);
    expect(run(script, "status", "--folder", at).stderr).toContain(`no simulator runs in ${join(at)}`);
  },
);
