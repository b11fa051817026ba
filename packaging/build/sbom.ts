/**
 * The bill of materials beside each package: CycloneDX 1.6, made from what is really inside (the files staged, the
 * packages that esbuild has put in, the pinned Node and what that says of itself). The same input, the same bytes.
 * https://cyclonedx.org/docs/1.6/json/
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Entry } from "./contents.ts";
import { type Inside, lockedHash, packagesInside } from "./inside.ts";
import type { Order } from "./order.ts";
import { nodeLock } from "./pinned-node.ts";

type Json = { readonly [key: string]: string | number | boolean | Json | readonly (string | Json)[] };

/** @param path of the package; its bill gets the same name with `.cdx.json` behind */
export function writeSbom(path: string, entries: readonly Entry[], order: Order): void {
  writeFileSync(`${path}.cdx.json`, `${JSON.stringify(sbom(basename(path), entries, order), null, 2)}\n`);
}

/** @param name of the package's file. Its hash is not in here: signing an rpm changes that; see the release's SHA256SUMS */
function sbom(name: string, entries: readonly Entry[], { version, cpu, time }: Order): Json {
  const packages = packagesInside();
  const agent = `pkg:generic/eic-agent@${version}`;
  const node = nodeComponent(cpu);
  const body = {
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: {
        type: "application",
        "bom-ref": agent,
        name: "eic-agent",
        version,
        purl: agent,
        licenses: [{ license: { id: "Apache-2.0" } }],
        properties: [{ name: "eic-agent:package", value: name }],
      },
    },
    components: [node, ...packages.map(npmComponent), ...entries.flatMap(fileComponent)],
    dependencies: [{ ref: agent, dependsOn: [String(node["bom-ref"]), ...packages.map(purlOf)] }],
  };
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuid(JSON.stringify(body))}`,
    version: 1,
    ...body,
  };
}

/** The runtime, with the libraries in it. Both processors' Nodes of one version are built from one source. */
function nodeComponent(cpu: Order["cpu"]): Json {
  const { version, sha256 } = nodeLock();
  if (process.versions.node !== version) throw new Error(`run by Node ${process.versions.node}, not ${version}`);
  const archive = `node-linux-${cpu}`;
  return {
    type: "platform",
    "bom-ref": `pkg:npm/${archive}@${version}`,
    name: "node",
    version,
    description: "bin/node of the npm package, stripped, with the program put into it",
    hashes: [{ alg: "SHA-256", content: sha256[cpu] }],
    licenses: [{ license: { name: "Node.js and others: see the package's copyright file" } }],
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    purl: `pkg:npm/${archive}@${version}`,
    externalReferences: [
      {
        type: "distribution",
        url: `https://www.npmjs.com/package/${archive}/v/${version}`,
        hashes: [{ alg: "SHA-512", content: lockedHash(`node_modules/${archive}`) }],
      },
    ],
    components: Object.entries(process.versions).flatMap(([name, its]) => nodeLibrary(name, its)),
  };
}

/** Numbers of interfaces and of standards, which are no libraries. */
const NO_LIBRARY = ["node", "modules", "napi", "unicode"];
/** Where Node's short name is not the library's. */
const LIBRARY_NAMES: Readonly<Record<string, string>> = { ares: "c-ares", uv: "libuv", tz: "tzdata" };
const OF_NPM = ["acorn", "amaro", "undici"];

function nodeLibrary(short: string, version: string | undefined): Json[] {
  // Node says "" for what it was built without.
  if (NO_LIBRARY.includes(short) || version === undefined || version === "") return [];
  const name = LIBRARY_NAMES[short] ?? short;
  const purl = `pkg:${OF_NPM.includes(name) ? "npm" : "generic"}/${name}@${version}`;
  const cpe = name === "openssl" ? { cpe: `cpe:2.3:a:openssl:openssl:${version}:*:*:*:*:*:*:*` } : {};
  return [{ type: "library", "bom-ref": `node/${purl}`, name, version, ...cpe, purl }];
}

/** https://github.com/package-url/purl-spec: the @ of a scope is encoded. */
const purlOf = ({ name, version }: Inside): string => `pkg:npm/${name.replace("@", "%40")}@${version}`;

function npmComponent(inside: Inside): Json {
  const [, group, name = inside.name] = /^(@[^/]+)\/(.+)$/.exec(inside.name) ?? [];
  return {
    type: "library",
    "bom-ref": purlOf(inside),
    ...(group === undefined ? {} : { group }),
    name,
    version: inside.version,
    hashes: [{ alg: "SHA-512", content: inside.sha512 }],
    licenses: [/\s/.test(inside.licence) ? { expression: inside.licence } : { license: { id: inside.licence } }],
    purl: purlOf(inside),
    properties: inside.bundles.map((bundle) => ({ name: "eic-agent:bundle", value: bundle })),
  };
}

function fileComponent(entry: Entry): Json[] {
  if (entry.kind !== "file") return [];
  const bytes = "from" in entry ? readFileSync(entry.from) : entry.bytes;
  const content = createHash("sha256").update(bytes).digest("hex");
  return [{ type: "file", "bom-ref": `file:${entry.path}`, name: entry.path, hashes: [{ alg: "SHA-256", content }] }];
}

/** RFC 9562, version 8: from the content, so that the same content has the same number. */
function uuid(content: string): string {
  const bytes = createHash("sha256").update(content).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
