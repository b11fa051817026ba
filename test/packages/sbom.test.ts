/** The bills of materials: valid by CycloneDX's own schema, and correct for the packages next to them. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { limit } from "../../tools/slowness.ts";
import { describeWith } from "../support/needs.ts";
import { ask, DEBS, PACKAGES, query, RPMS, SELINUX_RPM } from "./built.ts";
import { linkedFiles } from "./relay-map.ts";

interface Component {
  readonly type: string;
  readonly name: string;
  readonly group?: string;
  readonly version?: string;
  readonly purl?: string;
  readonly cpe?: string;
  readonly "bom-ref": string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly object[];
  readonly components?: readonly Component[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}
interface Bill {
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp: string; readonly component: Component };
  readonly components: readonly Component[];
}

const billOf = (path: string) => JSON.parse(readFileSync(`${path}.cdx.json`, "utf8")) as Bill;
const ofType = (path: string, type: string) => billOf(path).components.filter((one) => one.type === type);
const hash = ({ hashes }: Component, alg: string) => hashes?.find((one) => one.alg === alg)?.content;

/** The schemas as OWASP CycloneDX publishes them. Formats (an address, a date) are not checked. */
const SCHEMAS = join(
  createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json"),
  "../res/schema",
);
const schema = (name: string) =>
  JSON.parse(readFileSync(join(SCHEMAS, `${name}.SNAPSHOT.schema.json`), "utf8")) as object;

describeWith("package", "the bills of materials", () => {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  for (const name of ["spdx", "jsf-0.82"]) {
    ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  }
  const valid = ajv.compile(schema("bom-1.6"));

  test.each([...PACKAGES, { path: SELINUX_RPM }])("are valid: $path", ({ path }) => {
    expect(valid(billOf(path)), JSON.stringify(valid.errors)).toBe(true);
  });

  test("are checked by a schema that can refuse", () => {
    expect(valid({ ...billOf(DEBS[0].path), serialNumber: "1" })).toBe(false);
    const [first] = billOf(DEBS[0].path).components;
    expect(valid({ ...billOf(DEBS[0].path), components: [first, first] })).toBe(false);
  });

  test.each(DEBS)("name every file of $path with its SHA-256", { timeout: limit(60) }, async ({ path }) => {
    const each =
      'dpkg-deb --fsys-tarfile "$1" | tar -x --to-command=\'echo "$(sha256sum | cut -d" " -f1) $TAR_FILENAME"\'';
    const sums = (await ask("sh", "-c", each, "sh", path)).split("\n").map((line) => line.replace(" .", " "));
    const said = ofType(path, "file").map((file) => `${hash(file, "SHA-256")} ${file.name}`);
    expect(said.sort()).toEqual(sums.sort());
  });

  test.each([...RPMS, { path: SELINUX_RPM }])("name every file of $path with its SHA-256", async ({ path }) => {
    const sums = (await query(path, "[%{FILEDIGESTS} %{FILENAMES}\n]"))
      .split("\n")
      .filter((line) => !line.startsWith(" "));
    const said = ofType(path, "file").map((file) => `${hash(file, "SHA-256")} ${file.name}`);
    expect(said.sort()).toEqual(sums.sort());
  });

  test.each(PACKAGES)("name in $path every npm package with the values of the lock file", ({ path }) => {
    const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
      packages: Record<string, { version?: string; integrity?: string; license?: string }>;
    };
    const libraries = ofType(path, "library").filter((library) => !library["bom-ref"].startsWith("linked/"));
    expect(libraries.length).toBeGreaterThan(20);
    for (const { group, name, version, hashes, purl, licenses } of libraries) {
      const full = group === undefined ? name : `${group}/${name}`;
      expect(purl).toBe(`pkg:npm/${full.replace("@", "%40")}@${version}`);
      const locked = Object.entries(packages).find(
        ([folder, entry]) => folder.endsWith(`node_modules/${full}`) && entry.version === version,
      )?.[1];
      const content = Buffer.from(locked?.integrity?.replace("sha512-", "") ?? "", "base64").toString("hex");
      expect(hashes, full).toEqual([{ alg: "SHA-512", content }]);
      expect(licenses, full).toEqual([{ license: { id: locked?.license } }]);
    }
  });

  test.each(PACKAGES)("name in $path the pinned Node and its parts", ({ path, cpu }) => {
    const lock = JSON.parse(readFileSync("packaging/node.lock", "utf8")) as {
      version: string;
      sha256: Record<string, string>;
    };
    const [node] = ofType(path, "platform");
    if (node === undefined) throw new Error("no Node in it");
    expect(node.version).toBe(lock.version);
    expect(hash(node, "SHA-256")).toBe(lock.sha256[cpu]);
    expect(node.cpe).toBe(`cpe:2.3:a:nodejs:node.js:${lock.version}:*:*:*:*:*:*:*`);
    expect(node.components?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["openssl", "v8", "zlib", "llhttp", "libuv", "c-ares", "undici"]),
    );
  });

  test.each(PACKAGES)("name in $path the libraries in the relay, by the linker's own list", ({ path, cpu }) => {
    const linked = ofType(path, "library").filter((library) => library["bom-ref"].startsWith("linked/"));
    const files = linked.flatMap(({ properties }) =>
      (properties ?? []).filter(({ name }) => name === "eic-agent:linked").map(({ value }) => value),
    );
    expect(files.sort()).toEqual(linkedFiles(cpu));
    expect(linked.map(({ name }) => name)).toEqual(["glibc", "libgcc"]);
  });

  test.each(PACKAGES)("name in $path the glibc in the relay, by its own version text", async ({ path, cpu }) => {
    const glibc = ofType(path, "library").find(({ name }) => name === "glibc");
    const build = glibc?.properties?.find(({ name }) => name === "eic-agent:build")?.value ?? "none";
    // The archive that the compiler for that processor links.
    const compiler = cpu === process.arch ? "gcc" : `${cpu === "arm64" ? "aarch64" : "x86_64"}-linux-gnu-gcc`;
    const said =
      'grep -ao "GNU C Library ([^)]*) [a-z]* release version [0-9.]*[0-9]" "$("$1" -print-file-name=libc.a)"';
    expect(await ask("sh", "-c", said, "sh", compiler)).toBe(
      `GNU C Library (${build}) stable release version ${glibc?.version}`,
    );
    expect(glibc?.cpe).toBe(`cpe:2.3:a:gnu:glibc:${glibc?.version}:*:*:*:*:*:*:*`);
    expect(glibc?.licenses).toEqual([{ expression: "LGPL-2.1-or-later AND BSD-3-Clause" }]);
  });

  test("name the OpenSSL that the shipped program says it has", async () => {
    const { path } = DEBS.find(({ cpu }) => cpu === process.arch) ?? DEBS[0];
    const openssl = ofType(path, "platform")[0]?.components?.find(({ name }) => name === "openssl");
    expect(openssl?.cpe).toContain(`:openssl:openssl:${openssl?.version}:`);
    expect(await ask(`dist/executable/${process.arch}/eic-agent`, "--version")).toContain(
      `OpenSSL ${openssl?.version}`,
    );
  });

  test("have different serial numbers", () => {
    const all = [...PACKAGES.map(({ path }) => path), SELINUX_RPM];
    expect(new Set(all.map((path) => billOf(path).serialNumber)).size).toBe(all.length);
  });
});
