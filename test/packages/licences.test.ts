/** The packages contain the licences of everything in them. The contents are read from the bundles' metafiles. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { linkedInto } from "../../packaging/build/relay-licences.ts";
import { describeWith } from "../support/needs.ts";
import { DEBS, fileInDeb, query, RPMS, sha256In } from "./built.ts";
import { linkedFiles } from "./relay-map.ts";

const COPYRIGHT = "/usr/share/doc/eic-agent/copyright";

/** The metafile that esbuild wrote next to each bundle. */
interface Meta {
  readonly outputs: Record<string, { readonly inputs: Record<string, { readonly bytesInOutput: number }> }>;
}

function foldersInside(): string[] {
  const metas = ["dist", "dist/executable"].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(".meta.json"))
      .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Meta),
  );
  const inputs = metas.flatMap(({ outputs }) => Object.values(outputs)).flatMap(({ inputs }) => Object.entries(inputs));
  const files = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  const folders = files.flatMap((path) => path.match(/^.*node_modules\/(@[^/]+\/)?[^/]+(?=\/)/)?.[0] ?? []);
  return [...new Set(folders)].sort();
}

/** Removes what DEP-5 adds: a space before each line, a full stop in an empty line. */
const unfolded = (text: string) => text.replace(/^ \.$/gm, "").replace(/^ /gm, "").replace(/\s+/g, " ");

describeWith("package", "the licences", () => {
  let copyright = "";
  beforeAll(async () => {
    copyright = await fileInDeb(DEBS[0].path, COPYRIGHT);
  });

  test("are of more than one package, found in the bundles", () => {
    expect(foldersInside().length).toBeGreaterThan(20);
    expect(foldersInside()).toContain("node_modules/yargs");
  });

  test("of every npm package inside are included verbatim", () => {
    const text = unfolded(copyright);
    for (const folder of foldersInside()) {
      expect(copyright, folder).toContain(`${folder}/*`);
      const files = readdirSync(folder).filter((name) => /^licen[cs]e/i.test(name));
      expect(files.length, folder).toBeGreaterThan(0);
      for (const file of files) {
        expect(text, `${folder}/${file}`).toContain(
          readFileSync(join(folder, file), "utf8").trim().replace(/\s+/g, " "),
        );
      }
    }
  });

  test("of other packages are not included", () => {
    const named = copyright.match(/(?<=^(?:Files:)? )node_modules\/.*(?=\/\*$)/gm) ?? [];
    expect(named.filter((folder) => !folder.startsWith("node_modules/node-linux-")).sort()).toEqual(foldersInside());
  });

  test("of Node.js with its parts, and eic-agent's, are included verbatim", () => {
    const node = `node_modules/node-linux-${process.arch}/LICENSE`;
    expect(existsSync(node)).toBe(true);
    for (const path of [node, "LICENSE"]) {
      expect(unfolded(copyright), path).toContain(readFileSync(path, "utf8").trim().replace(/\s+/g, " "));
    }
  });

  test.each(DEBS)("of the libraries in the relay are included: $path", async ({ cpu, path }) => {
    const text = await fileInDeb(path, COPYRIGHT);
    const named = [...text.matchAll(/^Files: ((?:\S+\.[ao] ?)+)$/gm)].flatMap(([, files = ""]) => files.split(" "));
    expect(named.sort()).toEqual(linkedFiles(cpu));
    expect(named).toContain("libc.a");
    const [, relinking = ""] = /^(Files: \S*.*libc\.a[\s\S]+?\n)\n/m.exec(text) ?? [];
    for (const it of ["LGPL-2.1-or-later", "src/relay/authorized-keys.c", "npm run build:relay"]) {
      expect(text).toContain(it);
    }
    // LGPL 2.1, section 6: the notice, a copy of the licence, and a way to link another version of the library.
    expect(relinking).toContain("is free software; you can redistribute it");
    expect(relinking).toMatch(/GNU LESSER GENERAL PUBLIC LICENSE\n +Version 2\.1, February 1999/);
    expect(relinking).toContain("6. As an exception to the Sections above, you may also combine or");
    expect(text).toContain("GCC RUNTIME LIBRARY EXCEPTION");
  });

  test("are refused if a linked library has no known licence", () => {
    const folder = mkdtempSync(join(tmpdir(), "eic-linked-"));
    try {
      const [strange, main] = [join(folder, "strange"), join(folder, "main")];
      writeFileSync(`${strange}.c`, "int strange(void) { return 0; }\n");
      writeFileSync(`${main}.c`, "int strange(void);\nint main(void) { return strange(); }\n");
      execFileSync("gcc", ["-c", "-o", `${strange}.o`, `${strange}.c`]);
      execFileSync("ar", ["rc", join(folder, "libstrange.a"), `${strange}.o`]);
      const link = (...more: string[]) =>
        execFileSync("gcc", ["-static-pie", `-Wl,-Map=${main}.map`, "-o", main, ...more, `-L${folder}`, "-lstrange"]);
      link(`${main}.c`);
      expect(() => linkedInto(`${main}.map`, "gcc", "")).toThrow(/their licence is not known: libstrange\.a$/);
      // As a separate object.
      link(`${main}.c`, `${strange}.o`);
      expect(() => linkedInto(`${main}.map`, "gcc", "")).toThrow(/their licence is not known: strange\.o$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("are the same text in both packages for a processor, and differ between processors in the builds named", async () => {
    for (const [at, { path }] of RPMS.entries()) {
      const sum = await sha256In(DEBS[at]?.path ?? "", COPYRIGHT);
      expect(await sha256In(path, "/usr/share/licenses/eic-agent/copyright")).toBe(sum);
    }
    const texts = await Promise.all(DEBS.map(({ path }) => fileInDeb(path, COPYRIGHT)));
    const [one, other] = texts.map((text) => text.replace(/^Comment: (glibc|libgcc) .+$/gm, ""));
    expect(other).toBe(one);
  });

  test("are named in the rpm packages", async () => {
    for (const { path } of RPMS) {
      expect((await query(path, "%{LICENSE}")).split(" AND ")).toEqual(
        expect.arrayContaining([
          ...["Apache-2.0", "MIT", "ISC", "BSD-3-Clause", "LicenseRef-Node.js"],
          ...["LGPL-2.1-or-later", "(GPL-3.0-or-later WITH GCC-exception-3.1)"],
        ]),
      );
    }
  });
});
