/** The shipped relay: properties read from the built programs, and a second build that must be identical. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flawsOfRelay } from "../../packaging/build/relay-check.ts";
import { type Cpu, compile, compileRelay, compilerFor, RELAY_SOURCE } from "../../packaging/build/relay-compile.ts";
import { describeWith } from "../support/needs.ts";
import { FOREIGN, NATIVE } from "./programs.ts";

describe("the source", () => {
  const source = readFileSync(RELAY_SOURCE, "utf8");

  test("is one file of less than 250 lines, and uses only the C library", () => {
    expect(source.split("\n").length - 1).toBeLessThan(250);
    expect(source.match(/#include "/)).toBe(null);
  });

  test("reads no variable, and runs only the one-shot program", () => {
    expect(source).not.toMatch(/getenv|\benviron\b|\b(system|popen|fork|posix_spawnp?)\(|\bexec(?!v\()\w*\(/);
    expect([...source.matchAll(/\bexec\w*\((\w+)/g)].map(([, path]) => path)).toEqual([
      "ONE_SHOT_PATH",
      "ONE_SHOT_PATH",
    ]);
  });

  test("names the paths of the packages", () => {
    for (const path of ["/run/eic-agent/authorized-keys.sock", "/run/eic-agent/slots", "/usr/bin/eic-agent"])
      expect(source).toContain(`"${path}"`);
  });
});

describeBuilt("relay", NATIVE);
describeBuilt("foreign-relay", FOREIGN);

function describeBuilt(need: "relay" | "foreign-relay", cpu: Cpu): void {
  describeWith(need, `built for ${cpu}`, () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "eic-relay-build-"));
      compileRelay(cpu, join(folder, "relay"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test("is static, position-independent, hardened and small; without a dynamic symbol", () => {
      expect(flawsOfRelay(join(folder, "relay"), cpu)).toEqual([]);
    });

    test("is the same, byte for byte, when it is built again from a copy in another folder", () => {
      const copy = join(folder, "elsewhere");
      cpSync("src/relay", join(copy, "src/relay"), { recursive: true });
      const here = process.cwd();
      try {
        process.chdir(copy);
        compileRelay(cpu, join(folder, "again"));
      } finally {
        process.chdir(here);
      }
      expect(readFileSync(join(folder, "again")).equals(readFileSync(join(folder, "relay")))).toBe(true);
    });

    test("names no folder of the machine that built it", () => {
      const text = readFileSync(join(folder, "relay"), "latin1");
      expect(text).not.toContain(resolve("."));
      expect(text).not.toContain("authorized-keys.c");
    });

    test.each([
      { about: "dynamic", words: ["-pie"], flaw: "it asks for a dynamic loader (INTERP)" },
      { about: "at a fixed address", words: ["-static", "-no-pie"], flaw: "it is not position-independent (type DYN)" },
      { about: "with a stack that is executed", words: ["-static-pie", "-Wl,-z,execstack"], flaw: /GNU_STACK/ },
      { about: "without relro", words: ["-static-pie", "-Wl,-z,norelro"], flaw: /GNU_RELRO/ },
      { about: "bound lazily", words: ["-static-pie", "-Wl,-z,lazy"], flaw: /NOW/ },
      { about: "with symbols to bind", words: ["-pie"], flaw: /^it has dynamic symbols: .*connect/ },
    ])("$about, it would be refused", ({ words, flaw }) => {
      const other = join(folder, "other");
      compile(compilerFor(cpu), ["-std=c17", ...words, RELAY_SOURCE], other);
      const matching = typeof flaw === "string" ? flaw : expect.stringMatching(flaw);
      expect(flawsOfRelay(other, cpu)).toContainEqual(matching);
    });

    test("for the other processor, it would be refused", () => {
      expect(flawsOfRelay(join(folder, "relay"), cpu === "x64" ? "arm64" : "x64")).toEqual([
        `it is not for ${cpu === "x64" ? "arm64" : "x64"}`,
      ]);
    });
  });
}
