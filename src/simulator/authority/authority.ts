/** The simulated authority: keys, certificates and revocation, and the parts of them that are served at a given time. */

import type { Clock } from "../clock.ts";
import { CERTIFICATE_OF, CERTIFICATES, type CertificateName, type Keys } from "./certificate-names.ts";
import type { Certificate } from "./certificates.ts";
import type { DelegatedResponder } from "./issue-certificates.ts";
import { type DocumentScheme, type KeyPair, makeKey, signDocument } from "./key-pairs.ts";
import { makeKeys } from "./make-keys.ts";
import { type AllOptions, type AuthorityOptions, DEFAULT_OPTIONS } from "./options.ts";
import { type Material, materialFrom, outdated, type SavedAuthority, savedFrom } from "./saved-authority.ts";
import type { StapleBook } from "./staple-store.ts";

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
  /** Puts back the options, keys and certificates of the start. Nothing is revoked afterwards. */
  reset(): Promise<void>;
  /** Returns keys and certificates of the start, with those that were rotated since then. */
  saved(): SavedAuthority;
}

/** What connects an authority with the one of an earlier start, and with the next. */
export interface Continuity {
  /** Keys and certificates of the earlier authority, which are used again. */
  readonly saved?: SavedAuthority | undefined;
  /** Called after each rotation. */
  readonly onRotate?: (() => void) | undefined;
}

/** @param host the name that the signer's certificate is for */
export async function startAuthority(
  host: string,
  clock: Clock,
  given: AuthorityOptions = {},
  { saved, onRotate }: Continuity = {},
): Promise<Authority> {
  const startOptions = merged(DEFAULT_OPTIONS, given);
  // The libraries for certificates are loaded while other threads generate the keys; other commands load neither.
  const making = saved ?? makeKeys(startOptions.caKey, startOptions.signerKey);
  const { issueAll, issueResponders, needsResponders } = await import("./issue-certificates.ts");
  const { stapleBook } = await import("./staple-store.ts");
  const start = await ("host" in making ? again(making) : making.then(fresh));
  let options = startOptions;
  let { keys, certificates } = start;
  let rotated = start;
  const revoked = new Set<CertificateName>();
  let responders: DelegatedResponder | undefined;
  let staples = await newStaples();

  async function fresh(made: Keys): Promise<Material> {
    return { keys: made, certificates: await issueAll(made, host, startOptions, clock.now()) };
  }

  async function again(before: SavedAuthority): Promise<Material> {
    const { caKey, signerKey, anchors } = startOptions;
    const { kind } = before.keys.root;
    if (kind !== caKey) throw new Error(`the saved keys are ${kind}, not ${caKey}`);
    const material = materialFrom(before);
    const sameSigner = material.keys.signer.kind === signerKey;
    const its = sameSigner ? material.keys : { ...material.keys, signer: await makeKey(signerKey) };
    const names = new Set([...outdated(before, host, anchors, clock.now()), ...changedBy(given, false)]);
    const issued = await issueAll(its, host, startOptions, clock.now(), [...names]);
    return { keys: its, certificates: { ...material.certificates, ...issued } };
  }

  async function newStaples(): Promise<StapleBook> {
    if (needsResponders(options)) responders = await issueResponders(keys, options, clock.now(), responders?.key);
    return stapleBook({ keys, certificates, responders, options, revoked, clock });
  }

  async function reissue(anew: readonly CertificateName[]): Promise<void> {
    const issued = await issueAll(keys, host, options, clock.now(), anew);
    certificates = { ...certificates, ...issued };
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
      if (options.caKey === startOptions.caKey) rotated = withRotated(rotated, names, { keys, certificates });
      onRotate?.();
    },
    async configure(change) {
      const before = options;
      options = merged(options, change);
      if (options.caKey !== before.caKey) keys = await makeKeys(options.caKey, options.signerKey);
      else if (options.signerKey !== before.signerKey) keys = { ...keys, signer: await makeKey(options.signerKey) };
      await reissue(changedBy(change, options.caKey !== before.caKey));
    },
    async reset() {
      options = startOptions;
      ({ keys, certificates } = start);
      rotated = start;
      revoked.clear();
      staples = await newStaples();
    },
    saved: () => savedFrom(host, rotated),
  };
}

/** Returns keys and certificates in which those of a rotation are replaced. */
function withRotated(before: Material, names: readonly CertificateName[], { keys, certificates }: Material): Material {
  const { intermediate, signer } = keys;
  const anew = Object.fromEntries(names.map((name) => [name, certificates[name]]));
  return { keys: { ...before.keys, intermediate, signer }, certificates: { ...before.certificates, ...anew } };
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
