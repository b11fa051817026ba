/** A collector of log lines inside a booted system: a TLS server on loopback, with a certificate made for the test. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Machine } from "../install/machine.ts";
import { KIT } from "../install/packages.ts";
import { type Output, outputOf } from "../support/namespace-output.ts";
import { mustRun } from "../support/namespace-run.ts";

export const COLLECTOR = { name: "collector.test", port: 6514, roots: "/etc/ssl/certs/collector-ca.pem" } as const;

const FOLDER = "/srv/collector";
/** Prints each line that arrives. */
const SERVER = `
  const { readFileSync } = require("node:fs");
  const key = readFileSync("${FOLDER}/key.pem"), cert = readFileSync("${FOLDER}/cert.pem");
  require("node:tls").createServer({ key, cert }, (socket) => {
    require("node:readline").createInterface(socket).on("line", (line) => console.log(line));
  }).listen(${COLLECTOR.port}, "127.0.0.1", () => console.log("listening"));`;

/** Starts it, and makes its name and its certificate known in the system. @returns its output: each line that has arrived */
export async function startCollector({ tree, sh }: Machine): Promise<Output> {
  const work = mkdtempSync(join(tmpdir(), "eic-collector-"));
  try {
    const [key, cert] = [join(work, "key.pem"), join(work, "cert.pem")];
    await mustRun([
      ...["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${COLLECTOR.name}`],
      ...["-addext", `subjectAltName=DNS:${COLLECTOR.name}`, "-keyout", key, "-out", cert],
    ]);
    tree.write(`${FOLDER}/key.pem`, readFileSync(key, "utf8"), 0o600);
    for (const path of [`${FOLDER}/cert.pem`, COLLECTOR.roots]) tree.write(path, readFileSync(cert, "utf8"));
  } finally {
    rmSync(work, { recursive: true });
  }
  await sh(`echo '127.0.0.1 ${COLLECTOR.name}' >>/etc/hosts`);
  const { stdout, stderr } = tree.converse([`${KIT}/node`, "-e", SERVER]);
  const output = outputOf("the collector", stdout, stderr);
  await output.line(/^listening$/);
  return output;
}
