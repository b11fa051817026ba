/**
 * The signer of pushed keys, and how long it stays valid. Uses the same verification as a login, so that both agree. Pure.
 */

import { Fault } from "../../verify/errors.ts";
import type { Rules, SignerEvidence } from "../../verify/evidence.ts";
import type { UnrevokedSigner } from "../../verify/ocsp/revocation.ts";
import { SignerValidator } from "../../verify/signer-validator.ts";
import { quoted } from "../../verify/verdict.ts";
import { displayName } from "../../verify/x509/certificate.ts";
import { expectedDnsName, type TrustedSigner, validateSignerChain } from "../../verify/x509/signer.ts";
import { type Check, describeCheck, type Finding, type Result } from "../finding.ts";

/** The served evidence, or the Faults of the requests. */
export interface SignerFacts {
  readonly region: Result<string>;
  readonly domain: Result<string>;
  readonly certificates: Result<Uint8Array>;
  /** The listed staples that were needed; the list's Fault if it could not be fetched. */
  readonly staples: Result<SignerEvidence["staples"]>;
  /** Undefined if the anchors cannot be read. */
  readonly rules: Rules | undefined;
  readonly now: Date;
}

const CHECKED = ["region", "domain", "signer", "staples"] as const;

export const skipped = (why: string): Finding[] => CHECKED.map((check) => describeCheck(check).notApplicable(why));

export function judgeSigner(facts: SignerFacts): Finding[] {
  const [region, domain] = [regionOf(facts), domainOf(facts)];
  const waiting = (check: Check, for_: string) => describeCheck(check).notApplicable(`not checked: ${for_}`);
  if (facts.rules === undefined) {
    return [region, domain, waiting("signer", "no anchors"), waiting("staples", "no anchors")];
  }
  if (region.status !== "ok" || domain.status !== "ok") {
    const why = "without region and domain the signer's name is not known";
    return [region, domain, waiting("signer", why), waiting("staples", why)];
  }
  const { certificates } = facts;
  if (certificates.kind === "fault") {
    return [
      region,
      domain,
      describeCheck("signer").fault(certificates.fault),
      waiting("staples", "no signer's certificate"),
    ];
  }
  const evidence: SignerEvidence = {
    region: valueIn(facts.region),
    domain: valueIn(facts.domain),
    certificates: certificates.value,
    staples: facts.staples.kind === "value" ? facts.staples.value : [],
  };
  return [region, domain, ...chainAndStaples(evidence, facts.rules, facts)];
}

const valueIn = (got: Result<string>): string => (got.kind === "value" ? got.value : "");

/** Checks the region. An invalid region fails as in a login; the domain makes no difference. */
function regionOf({ region }: SignerFacts): Finding {
  const { ok, fault } = describeCheck("region");
  if (region.kind === "fault") return fault(region.fault);
  const flaw = flawOf(() => expectedDnsName({ ...NOTHING, region: region.value, domain: "amazonaws.com" }, []));
  return flaw === undefined ? ok(region.value, { region: region.value }) : fault(flaw);
}

function domainOf({ domain, rules }: SignerFacts): Finding {
  const { ok, fault } = describeCheck("domain");
  if (domain.kind === "fault") return fault(domain.fault);
  const named = rules?.domains ?? [];
  const flaw = flawOf(() => expectedDnsName({ ...NOTHING, region: "any", domain: domain.value }, named));
  if (flaw !== undefined) return fault(flaw);
  return ok(`${domain.value}, ${named.includes(domain.value) ? "by [trust] domains" : "known"}`, {
    domain: domain.value,
  });
}

const NOTHING: SignerEvidence = { region: "", domain: "", certificates: new Uint8Array(), staples: [] };

function flawOf(check: () => unknown): Fault | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

function chainAndStaples(evidence: SignerEvidence, rules: Rules, { staples, now }: SignerFacts): Finding[] {
  let signer: TrustedSigner;
  try {
    signer = validateSignerChain(evidence, rules, now);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [
      describeCheck("signer").fault(error),
      describeCheck("staples").notApplicable("not checked: no chain to check them against"),
    ];
  }
  return [
    chain(signer, now),
    staples.kind === "fault" ? describeCheck("staples").fault(staples.fault) : revocation(evidence, rules, now),
  ];
}

/** Days. Amazon renews its certificates much earlier. */
const DAYS_LEFT = 30;
const DAY_MS = 86_400_000;

function chain({ name, path, anchor, validity }: TrustedSigner, now: Date): Finding {
  const { ok, warning } = describeCheck("signer");
  const days = Math.floor((validity.until.getTime() - now.getTime()) / DAY_MS);
  const ends = [...path, anchor].find(({ notAfter }) => notAfter.getTime() === validity.until.getTime()) ?? path[0];
  const way = [...path.slice(1), anchor].map(({ subject }) => quoted(displayName(subject))).join(" <- ");
  const facts = { name, anchor: displayName(anchor.subject), until: validity.until.toISOString(), days };
  const message = `${name} <- ${way}, ${days} days left`;
  return days < DAYS_LEFT
    ? warning(message, `${quoted(displayName(ends.subject))} expires first; its operator must renew it`, facts)
    : ok(message, facts);
}

function revocation(evidence: SignerEvidence, rules: Rules, now: Date): Finding {
  const { ok, warning, fault } = describeCheck("staples");
  let live: UnrevokedSigner;
  try {
    live = new SignerValidator(rules).validate(evidence, now);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return fault(error);
  }
  // The share left of each staple's own lifetime, without the clock skew, by which it is accepted earlier.
  const lives = live.staples.map(({ staple, validity }) => {
    const from = validity.from.getTime() + rules.clockSkewSeconds * 1000;
    const left = validity.until.getTime() - now.getTime();
    return { staple, left, share: left / (validity.until.getTime() - from), until: validity.until };
  });
  const first = lives.toSorted((a, b) => a.left - b.left)[0];
  if (first === undefined) return ok("none needed");
  const late = lives.find(({ share }) => share < 1 / 4);
  const facts = { count: lives.length, until: first.until.toISOString(), hours: Math.floor(first.left / 3_600_000) };
  const message = `${lives.length} good, the first ends in ${span(first.left)}`;
  return late === undefined
    ? ok(message, facts)
    : warning(
        `${message}; less than a quarter of the time of ${late.staple} is left`,
        "the service should have renewed it; check again soon",
        facts,
      );
}

function span(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return hours >= 1 ? `${hours} h` : `${Math.floor(ms / 60_000)} min`;
}
