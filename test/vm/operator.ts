/** What an operator does and checks in the virtual machine. */
import { expect } from "vitest";
import type { KeyPair } from "../support/sshd-keys.ts";
import type { Machine, Person } from "./machine.ts";

const ANCHORS = "/etc/eic-agent/anchors.pem";

/** Writes the settings: the simulator's anchors, which a real instance does not need, and `more`, in TOML. */
export async function settings(machine: Machine, more = ""): Promise<void> {
  await machine.sh(`mkdir -p /etc/eic-agent
    cat >${ANCHORS} <<'END'\n${machine.anchors()}\nEND
    cat >/etc/eic-agent/config.toml <<'END'\n[trust]\nanchors = "${ANCHORS}"\n\n${more}END
    ${machine.selinux ? "restorecon -RF /etc/eic-agent" : ""}`);
}

/** Checks a login with this key, and with SELinux that the session is in the user's own domain. */
export async function entered(machine: Machine, user: Person, key: KeyPair, address?: string): Promise<void> {
  const [command, session] = machine.selinux
    ? ["id --user --name; id --context", `^${user}\nunconfined_u:unconfined_r:unconfined_t:`]
    : ["id --user --name", `^${user}\n$`];
  const { status, stdout, stderr } = await machine.login(user, key, command, address);
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: expect.stringMatching(new RegExp(session)),
    stderr: "",
  });
}

/** Checks that sshd refuses this key. */
export async function keptOut(machine: Machine, user: Person, key: KeyPair): Promise<void> {
  const { status, stderr } = await machine.login(user, key);
  expect({ status, stderr }).toEqual({ status: 255, stderr: expect.stringContaining("Permission denied (publickey") });
}
