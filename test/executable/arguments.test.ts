/** Arguments that Node would interpret as its options reach the program instead. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { agent, command, run } from "../support/agent.ts";
import { KEY } from "../support/keys.ts";
import { calledAs } from "../support/program.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();

const NODES_OWN = [
  ...["--inspect", "--inspect-brk=0", "-e", "-p", "--eval=process.exit(3)", "-r", "--require=x", "--import=x"],
  ...["--version", "-v", "--help", "-h", "--v8-options", "--cpu-prof", "--prof", "--jitless=false", "--no-jitless"],
  ...["--disable-sigusr1=false", "--build-snapshot", "--experimental-sea-config", "--node-options=x", "-", "inspect"],
];

test.each(NODES_OWN)("a user named %s is a user", async (user) => {
  one().simulator.push({ user, publicKey: KEY });
  expect(await run(agent(one().config, "--", user))).toMatchObject({ status: 0, stdout: `${KEY}\n`, stderr: "" });
});

test.each(NODES_OWN)("%s is not an option for sshd: with two more words it is a usage error", async (word) => {
  const door = calledAs("authorized-keys", join(one().folder, "libexec"));
  expect(await run([...door, word, "SHA256:x", "y"])).toMatchObject({ status: 2, stdout: "", stderr: "" });
});

test.each(["--inspect", "-e", "--v8-options", "--cpu-prof", "--build-snapshot"])(
  "%s is not an option by hand",
  async (word) => {
    const { status, stdout, stderr } = await run(command(word));
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(`no option ${word}`);
  },
);
