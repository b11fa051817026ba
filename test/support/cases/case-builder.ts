/**
 * Builds the cases from a valid scene (root, cross-signed roots, intermediate, leaf, one staple each, one pushed key).
 * Each case changes only the part that it is about.
 */
import { createHash, X509Certificate } from "node:crypto";
import { ALLOW_ALL, type Policy } from "../../../src/verify/policy.ts";
import type { OpensslDir } from "../openssl.ts";
import { type Issued, issue } from "../openssl-certificates.ts";
import { type StapleOptions, staple } from "../openssl-staples.ts";
import { type Block, documentOf } from "./blocks.ts";
import type { Scene, ServedStaple } from "./case.ts";
import { type CertificateChanges, CROSS, changed, HALF_YEAR, INTERMEDIATE, LEAF, RESPONDER, ROOT } from "./shapes.ts";

export interface Chain {
  readonly root: Issued;
  readonly intermediate: Issued;
  readonly leaf: Issued;
}

/** Changes of a case to the valid scene. A function receives the chain that was made. */
export interface SceneChanges {
  readonly root?: CertificateChanges;
  readonly intermediate?: CertificateChanges;
  readonly leaf?: CertificateChanges;
  /** Replaces the three certificates above. */
  readonly chain?: Chain;
  readonly blocks?: readonly Block[];
  /** Replaces `blocks`. */
  readonly keys?: Buffer;
  /** The served certificates, or the served text; by default leaf and intermediate. */
  readonly list?: (chain: Chain) => Promise<readonly Issued[] | string> | readonly Issued[] | string;
  readonly staples?: (chain: Chain) => Promise<readonly ServedStaple[]>;
  readonly anchors?: (chain: Chain) => Promise<readonly Issued[]>;
  readonly fingerprint?: string;
  readonly instanceId?: string;
  readonly region?: string;
  readonly domain?: string;
  /** Instance id in the rules; null: the identity is not checked. */
  readonly ownId?: string | null;
  readonly domains?: readonly string[];
  readonly clockSkewSeconds?: number;
  readonly policy?: Partial<Policy>;
  readonly callerVariable?: string;
}

export const INSTANCE = "i-0abcdef1234567890";

export class CaseBuilder {
  readonly shop: OpensslDir;
  readonly now: Date;

  constructor(shop: OpensslDir, now: Date) {
    this.shop = shop;
    this.now = now;
  }

  /** Returns the time that many seconds after now. */
  after(seconds: number): Date {
    return new Date(this.now.getTime() + seconds * 1000);
  }

  /** Returns a certificate of a shape. Valid for at least half a year before and after now, and reused for other nows. */
  certificate(
    shape: Parameters<typeof changed>[0],
    changes: CertificateChanges = {},
    issuer?: Issued,
  ): Promise<Issued> {
    const today = Math.floor(this.now.getTime() / HALF_YEAR) * HALF_YEAR;
    const validity = { from: new Date(today - HALF_YEAR), to: new Date(today + 2 * HALF_YEAR) };
    return issue(this.shop, { ...validity, issuer, ...changed(shape, changes) });
  }

  root = (changes?: CertificateChanges) => this.certificate(ROOT, changes);
  intermediate = (issuer: Issued, changes?: CertificateChanges) => this.certificate(INTERMEDIATE, changes, issuer);
  leaf = (issuer: Issued, changes?: CertificateChanges) => this.certificate(LEAF, changes, issuer);
  responder = (issuer: Issued, changes?: CertificateChanges) => this.certificate(RESPONDER, changes, issuer);

  /** Returns roots as the real service serves them: the anchor signed by another root, that one by an untrusted third. */
  async crossSigned(): Promise<readonly [Issued, Issued]> {
    const old = await this.certificate(CROSS, {
      subject: "/O=Vector Trust/CN=Vector Class 2",
      key: { kind: "ec", of: "old" },
    });
    const other = await this.certificate(CROSS);
    return [await this.certificate(ROOT, {}, other), await this.certificate(CROSS, {}, old)];
  }

  async chain({ root = {}, intermediate = {}, leaf = {} }: SceneChanges = {}): Promise<Chain> {
    const top = await this.root(root);
    const middle = await this.intermediate(top, intermediate);
    return { root: top, intermediate: middle, leaf: await this.leaf(middle, leaf) };
  }

  /** Returns a staple as it is served, by default with the name that the service usually gives it. */
  async staple(options: StapleOptions, name = usualName(options)): Promise<ServedStaple> {
    return { name, body: (await staple(this.shop, options)).toString("base64") };
  }

  /** Returns one good staple for each certificate below the anchor. */
  async staples({ root, intermediate, leaf }: Chain, more: Partial<StapleOptions> = {}): Promise<ServedStaple[]> {
    return [
      await this.staple({ ...more, of: [leaf], issuer: intermediate }),
      await this.staple({ ...more, of: [intermediate], issuer: root }),
    ];
  }

  async scene(changes: SceneChanges = {}): Promise<Scene> {
    const chain = changes.chain ?? (await this.chain(changes));
    const { keys, blocks = [{}], ownId, instanceId = INSTANCE } = changes;
    const list = await (changes.list?.(chain) ?? [chain.leaf, chain.intermediate]);
    const anchors = await (changes.anchors?.(chain) ?? [chain.root]);
    return {
      user: "ec2-user",
      fingerprint: changes.fingerprint,
      served: {
        keys: keys ?? (await documentOf(this, chain.leaf, blocks)),
        instanceId,
        region: changes.region ?? "us-east-1",
        domain: changes.domain ?? "amazonaws.com",
        signer: typeof list === "string" ? list : pemOf(list),
        staples: await (changes.staples?.(chain) ?? this.staples(chain)),
      },
      rules: {
        anchors: pemOf(anchors),
        instanceId: ownId === null ? undefined : (ownId ?? INSTANCE),
        domains: changes.domains ?? [],
        clockSkewSeconds: changes.clockSkewSeconds ?? 300,
        ...(changes.policy === undefined ? {} : { policy: { ...ALLOW_ALL, ...changes.policy } }),
        ...(changes.callerVariable === undefined ? {} : { callerVariable: changes.callerVariable }),
      },
    };
  }
}

export const pemOf = (list: readonly Issued[]): string => list.map(({ pem }) => pem).join("");

/** Returns a certificate that openssl would not issue, as the served PEM. */
export const pemOfDer = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END CERTIFICATE-----\n`;

/** Returns the SHA-1 of the certificate that the staple is about, in upper-case hex. */
function usualName({ of: [first] }: StapleOptions): string {
  if (first === undefined) throw new Error("a staple about nothing");
  return new X509Certificate(first.der).fingerprint.replaceAll(":", "");
}

export const sha256Name = ({ der }: Issued): string => createHash("sha256").update(der).digest("hex").toUpperCase();
