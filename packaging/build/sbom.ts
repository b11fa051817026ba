/**
 * Writes an SBOM for each package: CycloneDX 1.6, generated from the actual contents (the staged files, the packages that
 * esbuild has included, the pinned Node and the versions that Node reports). The same input gives the same bytes.
 * https://cyclonedx.org/docs/1.6/json/
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Order } from "./build-spec.ts";
import { type Inside, lockedHash, packagesInside } from "./bundled-packages.ts";
import type { Entry } from "./contents.ts";
import { nodeLock } from "./pinned-node.ts";
import { type Linked, linkedFor } from "./relay-licences.ts";

type Json = { readonly [key: string]: string | number | boolean | Json | readonly (string | Json)[] };

/** @param path of the package; its SBOM gets the same name with `.cdx.json` appended */
export function writeSbom(path: string, entries: readonly Entry[], order: Order): void {
  write(path, order, "eic-agent", componentsOf(entries, order));
}

/** Writes the SBOM of the package with the SELinux policy, which contains only that file, from this project. */
export function writeSelinuxSbom(path: string, entry: Entry, made: Pick<Order, "version" | "time">): void {
  write(path, made, "eic-agent-selinux", { components: fileComponent(entry), dependsOn: [] });
}

interface Contents {
  readonly components: readonly Json[];
  /** References to the components that are not files. */
  readonly dependsOn: readonly string[];
}

function componentsOf(entries: readonly Entry[], { cpu }: Order): Contents {
  const packages = packagesInside();
  const linked = linkedFor(cpu);
  const node = nodeComponent(cpu);
  return {
    components: [
      node,
      ...packages.map(npmComponent),
      ...linked.map(linkedComponent),
      ...entries.flatMap(fileComponent),
    ],
    dependsOn: [String(node["bom-ref"]), ...packages.map(purlOf), ...linked.map(linkedRef)],
  };
}

/** Writes an SBOM. It does not contain the package's hash, which signing an rpm changes; see the release's SHA256SUMS. */
function write(
  path: string,
  { version, time }: Pick<Order, "version" | "time">,
  name: string,
  { components, dependsOn }: Contents,
): void {
  const ref = `pkg:generic/${name}@${version}`;
  const body = {
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: {
        type: "application",
        "bom-ref": ref,
        name,
        version,
        purl: ref,
        licenses: [{ license: { id: "Apache-2.0" } }],
        properties: [{ name: "eic-agent:package", value: basename(path) }],
      },
    },
    components,
    dependencies: [{ ref, dependsOn }],
  };
  const bill = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuid(JSON.stringify(body))}`,
    version: 1,
    ...body,
  };
  writeFileSync(`${path}.cdx.json`, `${JSON.stringify(bill, null, 2)}\n`);
}

/** Returns the runtime, with the libraries in it. A version of Node is built from the same source for both processors. */
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

/** Versions of interfaces and standards, not of libraries. */
const NO_LIBRARY = ["node", "modules", "napi", "unicode"];
/** Names of libraries that differ from Node's short names. */
const LIBRARY_NAMES: Readonly<Record<string, string>> = { ares: "c-ares", uv: "libuv", tz: "tzdata" };
const OF_NPM = ["acorn", "amaro", "undici"];

function nodeLibrary(short: string, version: string | undefined): Json[] {
  // Node reports "" for a library that it was built without.
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

const linkedRef = ({ name, version }: Linked): string => `linked/${name}@${version}`;

/** Returns a linked library: GNU's name and version in the CPE, and the distribution's build, which has later fixes. */
function linkedComponent(linked: Linked): Json {
  const { name, version, build, licence, files } = linked;
  // https://github.com/package-url/purl-spec: a Debian source package, if Debian has built it.
  const debian = /^Debian (?:GLIBC )?(\S+)$/.exec(build)?.[1];
  const source = name === "glibc" ? "glibc" : `gcc-${version.split(".")[0]}`;
  const purl =
    debian === undefined
      ? `pkg:generic/${name}@${version}`
      : `pkg:deb/debian/${source}@${encodeURIComponent(debian)}?arch=source`;
  return {
    type: "library",
    "bom-ref": linkedRef(linked),
    name,
    version,
    description: "linked statically into /usr/libexec/eic-agent/authorized-keys and trial",
    licenses: [{ expression: licence }],
    cpe: `cpe:2.3:a:gnu:${name === "libgcc" ? "gcc" : name}:${version}:*:*:*:*:*:*:*`,
    purl,
    properties: [
      { name: "eic-agent:build", value: build },
      ...files.map((value) => ({ name: "eic-agent:linked", value })),
    ],
  };
}

function fileComponent(entry: Entry): Json[] {
  if (entry.kind !== "file") return [];
  const bytes = "from" in entry ? readFileSync(entry.from) : entry.bytes;
  const content = createHash("sha256").update(bytes).digest("hex");
  return [{ type: "file", "bom-ref": `file:${entry.path}`, name: entry.path, hashes: [{ alg: "SHA-256", content }] }];
}

/** Returns a UUID by RFC 9562, version 8: from the content, so that the same content has the same UUID. */
function uuid(content: string): string {
  const bytes = createHash("sha256").update(content).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
