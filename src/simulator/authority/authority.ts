/** The simulated authority: keys, certificates and revocation, and the parts of them that are served at a given time. */

import type { Clock } from "../clock.ts";
import type { Certificate } from "./certificates.ts";
import { CERTIFICATE_OF, CERTIFICATES, type CertificateName } from "./hierarchy.ts";
import { issueAll, issueResponders, makeKeys } from "./issue-certificates.ts";
import { type DocumentScheme, type KeyPair, makeKey, signDocument } from "./key-pairs.ts";
import { type AllOptions, type AuthorityOptions, DEFAULT_OPTIONS } from "./options.ts";
import { type StapleBook, stapleBook } from "./staple-store.ts";

export interface Authority {
  /** Certificates that the agent must trust: by default only the self-signed root. */
  readonly anchorsPem: string;
  /** Content of `signer-cert/`. */
  readonly servedPem: string;
  readonly options: Readonly<AuthorityOptions>;
  readonly revoked: ReadonlySet<CertificateName>;
  certificate(name: CertificateName): Certificate;
  /** The present signer's private and public key. */
  readonly signerKey: KeyPair;
  signDocument(bytes: Uint8Array, how?: DocumentScheme): Buffer;
  /** Names in the list `signer-ocsp/`; `staple` returns each staple as served: base64 on one line. */
  stapleNames(): string[];
  staple(name: string): Buffer | undefined;
  /** Returns the DER of one certificate's staple. */
  stapleOf(name: CertificateName): Buffer;
  /** Creates a new signer, or a new intermediate and signer, which are not revoked. */
  rotate(what?: "signer" | "intermediate"): Promise<void>;
  /** Makes the staple of this certificate say revoked from now on. */
  revoke(name: CertificateName): void;
  /** Changes options at run time. Names in nested options are merged, not replaced. Keys are kept if possible. */
  configure(options: AuthorityOptions): Promise<void>;
  /** Issues all staples again, as of now. */
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

/** Returns the certificates to reissue: the trusted root only if it is named, so that anchors files stay valid. */
function changedBy(change: AuthorityOptions, everything: boolean): CertificateName[] {
  const all = Object.keys(CERTIFICATES) as CertificateName[];
  if (everything) return all;
  const named = all.filter((name) => change.certificates !== undefined && name in change.certificates);
  // The new subject of an issuer is also in the certificates that it issued.
  const below = all.filter(
    (name) => named.includes(CERTIFICATE_OF[CERTIFICATES[name].issuer]) && !named.includes(name),
  );
  const signer = change.signerKey !== undefined || change.signerNames !== undefined;
  return [...new Set([...named, ...below, ...(signer ? (["signer"] as const) : [])])];
}
