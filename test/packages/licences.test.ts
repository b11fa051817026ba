/** The licences of everything that is inside are in the packages. What is inside is read from the bundles' own text. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { ask, DEBS, fileInDeb, query, RPMS } from "./built.ts";

/** As esbuild wrote it down beside each bundle. */
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

/** Without what DEP-5 adds: a space before each line, a full stop in an empty one. */
const unfolded = (text: string) => text.replace(/^ \.$/gm, "").replace(/^ /gm, "").replace(/\s+/g, " ");

describeWith("package", "the licences", () => {
  let copyright = "";
  beforeAll(async () => {
    copyright = await fileInDeb(DEBS[0].path, "/usr/share/doc/eic-agent/copyright");
  });

  test("are those of more than one package, found in the bundles", () => {
    expect(foldersInside().length).toBeGreaterThan(20);
    expect(foldersInside()).toContain("node_modules/yargs");
  });

  test("of every npm package inside are there, word for word", () => {
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

  test("of no package that is not inside are there", () => {
    const named = copyright.match(/(?<=^(?:Files:)? )node_modules\/.*(?=\/\*$)/gm) ?? [];
    expect(named.filter((folder) => !folder.startsWith("node_modules/node-linux-")).sort()).toEqual(foldersInside());
  });

  test("of Node.js with all that is in it, and ours, are there word for word", () => {
    const node = `node_modules/node-linux-${process.arch}/LICENSE`;
    expect(existsSync(node)).toBe(true);
    for (const path of [node, "LICENSE"]) {
      expect(unfolded(copyright), path).toContain(readFileSync(path, "utf8").trim().replace(/\s+/g, " "));
    }
  });

  test("are the same text in every package", async () => {
    const sums = await Promise.all(RPMS.map(({ path }) => query(path, "[%{FILEDIGESTS} %{FILENAMES}\n]")));
    const other = await fileInDeb(DEBS[1].path, "/usr/share/doc/eic-agent/copyright");
    expect(other).toBe(copyright);
    const sum = (
      await ask(
        "sh",
        "-c",
        `dpkg-deb --fsys-tarfile "$1" | tar -xO "$2" | sha256sum`,
        "sh",
        DEBS[0].path,
        "./usr/share/doc/eic-agent/copyright",
      )
    ).split(" ")[0];
    for (const list of sums) expect(list).toContain(`${sum} /usr/share/licenses/eic-agent/copyright`);
  });

  test("are named in the rpm packages", async () => {
    for (const { path } of RPMS) {
      expect((await query(path, "%{LICENSE}")).split(" AND ")).toEqual(
        expect.arrayContaining(["Apache-2.0", "MIT", "ISC", "BSD-3-Clause", "LicenseRef-Node.js"]),
      );
    }
  });
});
