/** The service as a case needs it: the well-behaved simulator at the real addresses, changed for one case and put back. */
import { type Authority, startAuthority } from "../authority/authority.ts";
import type { Shapes } from "../authority/hierarchy.ts";
import type { AuthorityOptions } from "../authority/options.ts";
import type { Override } from "../imds/imds-server.ts";
import { type Simulator, startSimulator } from "../simulator.ts";

export interface Stage {
  readonly simulator: Simulator;
  /** The authority whose signer signs the documents. */
  readonly signing: Authority;
  /** An authority of elliptic curve keys, whose root is trusted, too. */
  readonly second: Authority;
  /** Starts an authority with the names of the first, whose root is not trusted. */
  stranger(): Promise<Authority>;
  /** Serves certificates and staples of another authority, and signs with its signer. */
  serveFrom(authority: Authority): void;
  override(path: string, body: Override): void;
  configure(options: AuthorityOptions): Promise<void>;
  /** All roots that the command must trust. */
  readonly anchorsPem: string;
  /** Undoes everything since the last reset. */
  reset(): Promise<void>;
}

/** Every staple of the list can be decoded: only OCSP-11 is about one that cannot, and is not needed. */
const USUAL: AuthorityOptions = { brokenStaple: false };
/** As in the stores of the systems of AWS's reference agent, the roots that cross-signed the others are trusted, too. */
const ROOTS: AuthorityOptions = { anchors: ["anchor", "services-anchor", "old-root"] };
const SECOND: Shapes = {
  anchor: { subject: "C=US, O=eic-simulator, CN=Simulated Root CA 3" },
  root: { subject: "C=US, O=eic-simulator, CN=Simulated Root CA 3" },
  intermediate: { subject: "C=US, O=eic-simulator, CN=Simulated ECDSA 256 M01" },
};

export const STAPLES = "/latest/meta-data/managed-ssh-keys/signer-ocsp/";
export const keysOf = (user: string): string => `/latest/meta-data/managed-ssh-keys/active-keys/${user}`;

/** @param isBrief the chain's keys do not matter, so all of them are of the kind that is made quickly */
export async function startStage(isBrief: boolean): Promise<Stage> {
  const caKey = isBrief ? "ec-p256" : "rsa-2048";
  const simulator = await startSimulator({
    listen: [
      { host: "169.254.169.254", port: 80 },
      { host: "fd00:ec2::254", port: 80 },
    ],
    authority: { ...USUAL, ...ROOTS, caKey },
  });
  const host = `managed-ssh-signer.${simulator.region}.${simulator.domain}`;
  const another = (options: AuthorityOptions) =>
    startAuthority(host, simulator.clock, { ...USUAL, caKey: "ec-p256", ...options });
  const second = await another({ certificates: SECOND });
  const anchorsPem = simulator.authority.anchorsPem + second.anchorsPem;

  let signing: Authority = simulator.authority;
  let isConfigured = false;
  let overridden = new Set<string>();
  let stranger: Promise<Authority> | undefined;

  function override(path: string, body: Override): void {
    overridden.add(path);
    simulator.override(path, body);
  }
  return {
    simulator,
    second,
    anchorsPem,
    get signing() {
      return signing;
    },
    stranger: () => {
      stranger ??= another({});
      return stranger;
    },
    serveFrom(authority) {
      signing = authority;
      override("signer-cert", Buffer.from(authority.servedPem));
      override("signer-ocsp", Buffer.from(authority.stapleNames().join("\n")));
      for (const name of authority.stapleNames()) {
        override(`${STAPLES}${name}`, () => authority.staple(name) ?? Buffer.alloc(0));
      }
    },
    override,
    async configure(options) {
      isConfigured = true;
      await simulator.authority.configure(options);
    },
    async reset() {
      simulator.faults.clear();
      for (const path of overridden) simulator.override(path);
      overridden = new Set();
      signing = simulator.authority;
      if (isConfigured) await simulator.authority.reset();
      isConfigured = false;
    },
  };
}
