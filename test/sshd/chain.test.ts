/** Another command's line, converted to words after `--`: our command receives the words that sshd would have run. */
import { describe, expect, test } from "vitest";
import { expandCommand } from "../../src/sshd/inspect/command-line.ts";
import { behindOurs } from "../../src/sshd/wiring/chain.ts";

const VALUES = { u: "alice", f: "SHA256:x", h: "/home/alice", t: "ssh-ed25519" };

describe("chained", () => {
  test.each([
    "/usr/bin/sss_ssh_authorizedkeys %u",
    "/opt/x",
    "/opt/x  -a\t'b c' \"%t %%\" %h",
    '"/opt/with blank/x" %u',
    "/opt/with\\ blank/x",
    "/opt/100%/x %u",
    "/opt/100%/x",
    "/opt/x -- %u",
  ])("runs %s as sshd would", (command) => {
    const made = behindOurs(command, "nobody", "chain");
    if ("why" in made) throw new Error(made.why);
    const words = expandCommand(made.command, VALUES);
    expect(words?.slice(0, 4)).toEqual(["/usr/libexec/eic-agent/authorized-keys", "alice", "SHA256:x", "--"]);
    expect(words?.slice(4)).toEqual(expandCommand(command, VALUES));
    expect(made.user).toBe("nobody");
  });

  test.each([
    { command: "/opt/x", user: "root", why: "chain-as-root" },
    { command: "/opt/x", user: undefined, why: "chain-as-root" },
    { command: "/opt/x %u %x", user: "nobody", why: "chain-token" },
    { command: "/opt/x 'open", user: "nobody", why: "chain-quote" },
    { command: "/usr/libexec/eic-agent/trial %u %f -- /opt/x", user: "nobody", why: "trial-by-hand" },
  ])("refuses $command as $user: $why", ({ command, user, why }) => {
    expect(behindOurs(command, user, "chain")).toMatchObject({ why });
  });
});

test("in a trial the same words follow the program of the trial", () => {
  const made = behindOurs("/opt/x 'b c' %h", "nobody", "trial");
  expect(made).toEqual({ command: "/usr/libexec/eic-agent/trial %u %f -- /opt/x 'b c' %h", user: "nobody" });
});
