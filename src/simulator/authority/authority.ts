/** The simulated authority: keys, certificates and revocation, and what of them is served at a given time. */

import type { Clock } from "../clock.ts";
import type { Certificate } from "./certificates.ts";
import { CERTIFICATE_OF, CERTIFICATES, type CertificateName } from "./hierarchy.ts";
import { issueAll, issueResponders, makeKeys } from "./issue-certificates.ts";
import { type DocumentScheme, type KeyPair, makeKey, signDocument } from "./keys.ts";
import { type AllOptions, type AuthorityOptions, DEFAULT_OPTIONS } from "./options.ts";
import { type StapleBook, stapleBook } from "./staple-store.ts";

export interface Authority {
  /** What the agent is to trust: by default the self-signed root alone. */
  readonly anchorsPem: string;
  /** What `signer-cert/` serves. */
  readonly servedPem: string;
  readonly options: Readonly<AuthorityOptions>;
  readonly revoked: ReadonlySet<CertificateName>;
  certificate(name: CertificateName): Certificate;
  /** The present signer's private and public key. */
  readonly signerKey: KeyPair;
  signDocument(bytes: Uint8Array, how?: DocumentScheme): Buffer;
  /** What `signer-ocsp/` lists, and each of its staples as served: base64 on one line. */
  stapleNames(): string[];
  staple(name: string): Buffer | undefined;
  /** The DER of one certificate's staple. */
  stapleOf(name: CertificateName): Buffer;
  /** A new signer, or a new intermediate and signer; what was revoked of them is not any more. */
  rotate(what?: "signer" | "intermediate"): Promise<void>;
  /** From now on the staple of this certificate says revoked. */
  revoke(name: CertificateName): void;
  /** Changes options while it runs. Names in nested options are merged, not replaced; keys stay where they can. */
  configure(options: AuthorityOptions): Promise<void>;
  /** Makes all staples anew, as of now. */
  renewStaples(): void;
}

/** @param host the name that the signer's certificate is for */
export async function startAuthority(host: string, clock: Clock, given: AuthorityOptions = {}): Promise<Authority> {
  let options = merged(DEFAULT_OPTIONS, given);
  let keys = await makeKeys(options.caKey, options.signerKey);
  let certificates = await issueAll(keys, host, options, clock.now());
  const revoked = new Set<CertificateName>();
  let staples = await newStaples();

  async function newStaples(): Promise<StapleBook> {
    const responders = await issueResponders(keys, options, clock.now());
    return stapleBook({ keys, certificates, responders, options, revoked, clock });
  }

  async function reissue(anew: readonly CertificateName[]): Promise<void> {
    const fresh = await issueAll(keys, host, options, clock.now(), anew);
    certificates = { ...certificates, ...fresh };
    staples = await newStaples();
  }

  const pem = (names: readonly CertificateName[]) => names.map((name) => certificates[name].pem).join("");
  return {
    get anchorsPem() {
      return pem(options.anchors);
    },
    get servedPem() {
      return pem(options.served);
    },
    get options() {
      return options;
    },
    get signerKey() {
      return keys.signer;
    },
    revoked,
    certificate: (name) => certificates[name],
    signDocument: (bytes, how) => signDocument(keys.signer, bytes, how),
    stapleNames: () => staples.names(),
    staple: (name) => staples.served(name),
    stapleOf: (name) => staples.of(name),
    renewStaples: () => staples.renew(),
    revoke(name) {
      revoked.add(name);
      staples.renew();
    },
    async rotate(what = "signer") {
      const names: CertificateName[] = what === "signer" ? ["signer"] : ["intermediate", "signer"];
      const intermediate = what === "signer" ? keys.intermediate : await makeKey(options.caKey);
      keys = { ...keys, intermediate, signer: await makeKey(options.signerKey) };
      for (const name of names) revoked.delete(name);
      await reissue(names);
    },
    async configure(change) {
      const before = options;
      options = merged(options, change);
      if (options.caKey !== before.caKey) keys = await makeKeys(options.caKey, options.signerKey);
      else if (options.signerKey !== before.signerKey) keys = { ...keys, signer: await makeKey(options.signerKey) };
      await reissue(changedBy(change, options.caKey !== before.caKey));
    },
  };
}

function merged(before: AllOptions, change: AuthorityOptions): AllOptions {
  return {
    ...before,
    ...change,
    certificates: { ...before.certificates, ...change.certificates },
    staples: { ...before.staples, ...change.staples },
    staplesOf: { ...before.staplesOf, ...change.staplesOf },
    stapleIssuers: { ...before.stapleIssuers, ...change.stapleIssuers },
  };
}

/** What a change makes new: the trusted root only when it is named, so that anchors files stay good. */
function changedBy(change: AuthorityOptions, everything: boolean): CertificateName[] {
  const all = Object.keys(CERTIFICATES) as CertificateName[];
  if (everything) return all;
  const named = all.filter((name) => change.certificates !== undefined && name in change.certificates);
  // A new subject of an issuer stands in what it issued as well.
  const below = all.filter(
    (name) => named.includes(CERTIFICATE_OF[CERTIFICATES[name].issuer]) && !named.includes(name),
  );
  const signer = change.signerKey !== undefined || change.signerNames !== undefined;
  return [...new Set([...named, ...below, ...(signer ? (["signer"] as const) : [])])];
}
