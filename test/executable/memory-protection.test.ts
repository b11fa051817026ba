/**
 * The executable runs without V8's compiler, so it never needs memory that it could first write and then execute. Neither
 * sshd's SELinux domains nor the unit (MemoryDenyWriteExecute=) allow that. Here the kernel kills a process that tries it.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { compile, compilerFor, LANGUAGE } from "../../packaging/build/relay-compile.ts";
import { NATIVE } from "../relay/programs.ts";
import { agent, command, run } from "../support/agent.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { describeWith } from "../support/needs.ts";
import { BUNDLE } from "../support/program.ts";
import { serviceBy } from "../support/service.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const FINGERPRINT = fingerprint(KEY);
const YES = { status: 0, lines: `${KEY}\n` };
const NO = { status: 0, lines: "" };

describeWith("executable-memory", "if no memory may be both writable and executable", () => {
  let folder: string;
  let guard: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "eic-guard-"));
    guard = join(folder, "no-executable-memory");
    const source = join(import.meta.dirname, "no-executable-memory.c");
    compile(compilerFor(NATIVE), [...LANGUAGE, "-O1", "-static", source], guard);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  describe("one call", () => {
    test.each([
      { title: "with one key", words: ["alice", FINGERPRINT], stdout: `${KEY}\n` },
      { title: "with another key", words: ["alice", fingerprint(keyLine("another"))], stdout: "" },
      { title: "without keys", words: ["nobody"], stdout: "" },
    ])("$title is answered", async ({ words, stdout }) => {
      one().simulator.push({ user: "alice", publicKey: KEY });
      const answered = await run([guard, "run", ...agent(one().config, ...words)]);
      expect(answered).toMatchObject({ status: 0, signal: null, stdout, stderr: "" });
    });
  });

  test("the service answers nine hundred calls of every kind without such memory", async () => {
    const { simulator, settings } = one();
    simulator.push({ user: "alice", publicKey: KEY });
    simulator.push({ user: "mallory", publicKey: KEY, instance: "i-00000000000000000" });
    const config = await settings({ audit: { target: "journal" } });
    const at = mkdtempSync("/tmp/eic-guard-");
    onTestFinished(() => rmSync(at, { recursive: true }));
    const socket = join(at, "s");
    const service = await serviceBy(
      [guard, "run", ...command("serve", "--socket", socket, "--config", config)],
      socket,
    );
    for (let i = 0; i < 100; i += 1) {
      const yes = Array.from({ length: 8 }, () => service.ask("alice", FINGERPRINT));
      expect(await Promise.all(yes)).toEqual(yes.map(() => YES));
      expect(await service.ask(`nobody-${i}`)).toEqual(NO);
    }
    expect(await service.ask("mallory", FINGERPRINT)).toEqual(NO);
    simulator.faults.set({ fault: "503", path: "keys" });
    expect((await service.ask("carol")).status).toBe(1);
    expect((await service.status()).answers).toEqual({ keys: 800, refused: 1, "no-keys": 100, fault: 1 });

    // proc(5): address, permissions, offset, device, inode, name. Mappings that the kernel gives all have names in brackets.
    const maps = readFileSync(`/proc/${service.child.pid}/maps`, "latin1").split("\n").slice(0, -1);
    const executed = maps.map((line) => line.split(/\s+/)).filter(([, rights = ""]) => rights.includes("x"));
    expect(executed.length).toBeGreaterThan(1);
    expect(executed.filter(([, rights = ""]) => rights.includes("w"))).toEqual([]);
    const nameless = executed.filter(([, , , , inode]) => inode === "0").map(([, , , , , name]) => name);
    expect(nameless.filter((name) => name !== "[vdso]" && name !== "[vsyscall]")).toEqual([]);
    service.child.kill("SIGTERM");
    expect(await service.ended).toBe(0);
  });

  describe("is ended", () => {
    test("a Node with its compiler", async () => {
      one().simulator.push({ user: "alice", publicKey: KEY });
      const words = [process.execPath, BUNDLE, "authorized-keys", "--config", one().config, "alice"];
      expect(await run(words)).toMatchObject({ status: 0, stdout: `${KEY}\n` });
      expect(await run([guard, "run", ...words])).toMatchObject({ status: null, signal: "SIGSYS", stdout: "" });
    });

    test.each([
      "written and executed",
      "anonymous and executed",
      "executed later",
      "executed later, with a key",
      "shared and executed",
      "a file of memory",
    ])("a program that requests memory %s", async (name) => {
      expect(await run([guard, "try", name])).toMatchObject({ status: null, signal: "SIGSYS" });
    });
  });
});
