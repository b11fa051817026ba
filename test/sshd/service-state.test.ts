/** Reports of `eic-agent sshd` on the warm service behind its command, with real files and the test's own systemctl. */
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { DROP_IN, INCLUDE, lines, MAIN, OURS } from "./sshd-files.ts";
import { openWiredHost, type WiredHost } from "./wired-host.ts";

const SOCKET = "/run/eic-agent/authorized-keys.sock";
const LISTENS = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled";
const IDLE = "LoadState=loaded\nActiveState=inactive\nUnitFileState=static";

describeWith("sshd", "the service behind sshd's command", () => {
  let host: WiredHost;
  let server: Server | undefined;
  beforeAll(async () => {
    host = await openWiredHost();
  });
  afterEach(() => {
    server?.close();
    server = undefined;
    rmSync(host.namespace.outside("/run/eic-agent"), { recursive: true, force: true });
  });
  afterAll(() => host.close());

  /** Creates the socket and the slots as systemd and tmpfiles.d do. */
  async function lay({ socket = false, slots = 0 }): Promise<void> {
    const at = (path: string) => host.namespace.outside(path);
    mkdirSync(at("/run/eic-agent/slots"), { recursive: true, mode: 0o755 });
    for (let slot = 0; slot < slots; slot += 1) writeFileSync(at(`/run/eic-agent/slots/${slot}`), "");
    if (!socket) return;
    const listening = createServer().listen(at(SOCKET));
    server = listening;
    await new Promise((done) => listening.once("listening", done));
    chownSync(at(SOCKET), 0, 2999);
    chmodSync(at(SOCKET), 0o660);
  }

  const wired = { [MAIN]: INCLUDE, [DROP_IN]: lines(OURS, "eic-agent") };
  const rows = (stdout: string) => stdout.replace(/\n {12}(?=\S)/g, " ").split("\n");
  async function status() {
    const { stdout } = await host.sshd("status");
    const { service } = JSON.parse((await host.sshd("status", "--json")).stdout) as { service: unknown };
    return { rows: rows(stdout), service };
  }

  test("runs, or is idle", async () => {
    host.lay(wired);
    await lay({ socket: true, slots: 4 });
    host.systemd({ "eic-agent.socket": LISTENS, "eic-agent.service": IDLE });
    const idle = await status();
    expect(idle.rows).toContain("service     idle; eic-agent.socket starts it at the next call");
    expect(idle.service).toEqual({
      ...{ used: true, socket: "active", enabled: "enabled", process: "inactive", slots: 4, problem: null, next: null },
    });
    host.systemd({ "eic-agent.service": IDLE.replace("inactive", "active") });
    expect((await status()).rows).toContain("service     runs, behind eic-agent.socket");
  });

  test("is missing if its socket is not active, with a hint; enable reports that, and does not fail", async () => {
    host.lay({ [MAIN]: INCLUDE });
    await lay({ slots: 4 });
    host.systemd({ "eic-agent.socket": IDLE.replace("static", "disabled"), "eic-agent.service": IDLE });
    const enabled = await host.sshd("enable");
    const message = "service     eic-agent.socket is inactive: each call starts a one-shot program, 4 at a time";
    const next = "next        systemctl enable --now eic-agent.socket";
    expect(enabled).toMatchObject({ status: 0, stderr: "" });
    expect(rows(enabled.stdout)).toEqual(expect.arrayContaining([message, next]));
    const { rows: told, service } = await status();
    expect(told).toEqual(expect.arrayContaining([message, next]));
    expect(service).toMatchObject({
      ...{ socket: "inactive", enabled: "disabled", problem: "eic-agent.socket is inactive" },
      next: "systemctl enable --now eic-agent.socket",
    });
  });

  test("is not used by a command with a chained one", async () => {
    host.lay({ [MAIN]: INCLUDE, [DROP_IN]: lines(`${OURS} -- /usr/bin/env %u`, "nobody") });
    await lay({});
    host.systemd({ "eic-agent.socket": IDLE, "eic-agent.service": IDLE });
    const { rows: told, service } = await status();
    expect(told).toContain("service     not asked by this command: each call starts a one-shot program");
    expect(service).toMatchObject({ used: false });
  });

  test("does not exist without systemd, and then the slots count", async () => {
    host.lay(wired);
    await lay({ slots: 4 });
    const message = "service     none, because systemd does not run here: ";
    expect((await status()).rows).toContain(`${message}each call starts a one-shot program, 4 at a time`);
    rmSync(host.namespace.outside("/run/eic-agent/slots"), { recursive: true });
    const { rows: told, service } = await status();
    expect(told).toContain(`${message}and without a slot no login with a pushed key gets an answer`);
    expect(told.find((row) => row.startsWith("next "))).toMatch(/systemd-tmpfiles --create|chmod 0640 0 1 2 3/);
    expect(service).toMatchObject({ socket: null, enabled: null, process: null, slots: 0, problem: null });
    // An image that is being built gets its slots when it starts, so nothing is reported.
    expect(rows((await host.sshd("enable")).stdout).filter((row) => row.startsWith("service"))).toEqual([]);
  });

  test("is not used through a socket that another user can have created", async () => {
    host.lay(wired);
    await lay({ socket: true, slots: 2 });
    chownSync(host.namespace.outside(SOCKET), 2001, 2999);
    host.systemd({ "eic-agent.socket": LISTENS, "eic-agent.service": IDLE });
    const { service } = await status();
    expect(service).toMatchObject({
      problem: expect.stringMatching(/belongs to user 2001, and the relay only uses/),
      slots: 2,
    });
  });
});
