/** The list of staples as served: their names, and each staple, which is made when it is first requested. */
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import {
  CERTIFICATE_OF,
  CERTIFICATES,
  type CertificateName,
  type Certificates,
  type IssuerName,
  type Keys,
} from "./certificate-names.ts";
import type { DelegatedResponder } from "./issue-certificates.ts";
import { type AllOptions, DEFAULT_STAPLE } from "./options.ts";
import { makeStaple, STAPLE_LASTS, type StapleParties, type StapleShape } from "./staples.ts";

export interface StapleBook {
  names(): string[];
  served(name: string): Buffer | undefined;
  of(name: CertificateName): Buffer;
  renew(): void;
}

export interface StapleBookParts {
  readonly keys: Keys;
  readonly certificates: Certificates;
  /** Undefined if no staple is delegated. */
  readonly responders: DelegatedResponder | undefined;
  readonly options: AllOptions;
  readonly revoked: ReadonlySet<CertificateName>;
  readonly clock: Clock;
}

/** Content of the broken staple: neither base64 nor DER. */
const BROKEN = Buffer.from("%% this staple cannot be decoded %%");

export function stapleBook(parts: StapleBookParts): StapleBook {
  const { certificates, options, clock } = parts;
  const made = new Map<CertificateName, Buffer>();
  let issuedAt = clock.now();

  const names = new Map<string, CertificateName | "broken">();
  if (options.brokenStaple) names.set(nameOf(BROKEN, names.size), "broken");
  for (const name of options.stapled) names.set(nameOf(certificates[name].der, names.size), name);

  function nameOf(bytes: Uint8Array, place: number): string {
    if (options.stapleNames === "arbitrary") return `staple-${place + 1}`;
    return createHash(options.stapleNames).update(bytes).digest("hex").toUpperCase();
  }

  function renew(): void {
    issuedAt = clock.now();
    made.clear();
  }

  function of(name: CertificateName): Buffer {
    const halfGone = clock.now().getTime() - issuedAt.getTime() > (STAPLE_LASTS / 2) * 1000;
    if (options.renewStaples && halfGone) renew();
    const staple = made.get(name) ?? makeStaple(shapeOf(name, parts), castOf(name, parts), issuedAt);
    made.set(name, staple);
    return staple;
  }

  return {
    names: () => [...names.keys()],
    served(name) {
      const about = names.get(name);
      if (about === undefined) return undefined;
      return about === "broken" ? BROKEN : Buffer.from(of(about).toString("base64"));
    },
    of,
    renew,
  };
}

function shapeOf(name: CertificateName, { options, revoked }: StapleBookParts): StapleShape {
  const shape = { ...DEFAULT_STAPLE, ...options.staples, ...options.staplesOf[name] };
  return revoked.has(name) ? { ...shape, status: "revoked" } : shape;
}

function castOf(name: CertificateName, parts: StapleBookParts): StapleParties {
  const { keys, certificates, options } = parts;
  const issuerName: IssuerName = options.stapleIssuers[name] ?? CERTIFICATES[name].issuer;
  const issuer = { certificate: certificates[CERTIFICATE_OF[issuerName]], key: keys[issuerName] };
  const { responders } = parts;
  if (responders === undefined || shapeOf(name, parts).responder === "issuer") {
    return { subject: certificates[name], issuer, responder: { ...issuer, inside: false } };
  }
  const certificate = responders.certificates[options.responderIssuer ?? issuerName];
  return { subject: certificates[name], issuer, responder: { certificate, key: responders.key, inside: true } };
}
