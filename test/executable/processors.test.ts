/**
 * The executables on other processor models and on the other architecture, under QEMU: no answer depends on the machine on
 * which a snapshot was made.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "../support/agent.ts";
import { fingerprint, KEY, keyLine } from "../support/keys.ts";
import { describeWith } from "../support/needs.ts";
import { simulated } from "../support/simulated.ts";

const ARM64 = resolve("dist/executable/arm64/eic-agent");
const X64 = resolve("dist/executable/x64/eic-agent");
const qemuArm64 = (model: string) => ["/usr/bin/qemu-aarch64-static", "-cpu", model, "-L", "/usr/aarch64-linux-gnu"];

const one = simulated();

describeWith("foreign-executable", "for arm64", () => {
  test("is an ELF file for that processor", () => {
    const file = readFileSync(ARM64);
    expect(file.toString("latin1", 0, 4)).toBe("\x7fELF");
    // elf(5): e_machine, EM_AARCH64.
    expect(file.readUInt16LE(18)).toBe(183);
  });

  test("is the form with a start-up snapshot", async () => {
    const { stdout } = await run([...qemuArm64("max"), ARM64, "--version"]);
    expect(stdout).toMatch(/, executable with start-up snapshot\)\n$/);
  });

  test("does a complete verification: the pushed key is printed, a key that was not pushed is not", async () => {
    one().simulator.push({ user: "alice", publicKey: KEY });
    const words = [...qemuArm64("max"), ARM64, "authorized-keys", "--config", one().config, "alice"];
    const right = await run([...words, fingerprint(KEY)]);
    expect(right).toMatchObject({ status: 0, stdout: `${KEY}\n`, stderr: "" });
    expect(one().simulator.requests.length).toBe(9);
    const wrong = await run([...words, fingerprint(keyLine("another"))]);
    expect(wrong).toMatchObject({ status: 0, stdout: "", stderr: "" });
  });

  test("refuses a signer that is revoked", async () => {
    const { simulator } = one();
    simulator.push({ user: "bob", publicKey: KEY });
    simulator.authority.revoke("signer");
    const words = [...qemuArm64("max"), ARM64, "authorized-keys", "--config", one().config, "bob"];
    const seen = await run(words);
    simulator.authority.rotate("signer");
    expect(seen).toMatchObject({ status: 1, stdout: "", stderr: "" });
  });

  test.each(["cortex-a57", "neoverse-n1"])("starts on a %s", async (model) => {
    const { status, stdout } = await run([...qemuArm64(model), ARM64, "--version"]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^eic-agent /) });
  });
});

describe.runIf(process.arch === "x64")("for x86-64", () => {
  describeWith("other-processors", "on older and newer models", () => {
    test.each(["Nehalem", "Haswell", "max"])("starts on a %s", async (model) => {
      const { status, stdout } = await run(["/usr/bin/qemu-x86_64-static", "-cpu", model, X64, "--version"]);
      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^eic-agent /) });
    });
  });
});
