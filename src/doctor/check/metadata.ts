/** The metadata service: whether it answers, how fast, and for this instance. Pure. */
import { present } from "../../present.ts";
import { Fault } from "../../verify/errors.ts";
import { checkInstanceId } from "../../verify/verifier.ts";
import { describeCheck, type Finding, type Result } from "../finding.ts";

/** One address, asked only for a token. */
export interface Probe {
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
  readonly outcome:
    | { readonly kind: "replied"; readonly status: number; readonly ms: number }
    | { readonly kind: "unconnected"; readonly what: string }
    /** Connected, but no reply came. */
    | { readonly kind: "no-reply" }
    | { readonly kind: "broken"; readonly what: string };
}

export interface MetadataFacts {
  /** In the order in which a login tries them. */
  readonly probes: readonly Probe[];
  /** Whether the settings name the address. */
  readonly named: boolean;
  /** As a login sees them; undefined without a token. */
  readonly values: MetadataValues | undefined;
  /** The result of a login's token request. */
  readonly token: Result<"given" | "turned-off">;
  /** This instance's id as the host knows it. */
  readonly instanceId: string | undefined;
  readonly deadlineMs: number;
}

export interface MetadataValues {
  readonly instanceId: Result<string>;
  readonly region: Result<string>;
  readonly domain: Result<string>;
  /** Milliseconds for everything that a login with a key fetches. */
  readonly ms: number;
}

export function judgeMetadata(facts: MetadataFacts): Finding[] {
  return [family(facts, "IPv4"), family(facts, "IPv6"), token(facts), latency(facts), metadataInstance(facts)];
}

/** Returns the findings if nothing was asked, with the reason. */
export const skipped = (why: string): Finding[] =>
  (["metadata-ipv4", "metadata-ipv6", "token", "latency", "metadata-instance"] as const).map((check) =>
    describeCheck(check).notApplicable(why),
  );

function family({ probes, named }: MetadataFacts, wanted: Probe["family"]): Finding {
  const { ok, warning, failed, notApplicable } = describeCheck(wanted === "IPv4" ? "metadata-ipv4" : "metadata-ipv6");
  const probe = probes.find((one) => one.family === wanted);
  if (probe === undefined) return notApplicable("[metadata] endpoint names another address");
  const { address, outcome } = probe;
  const other = probes.find((one) => one.family !== wanted);
  const otherReplied = other?.outcome.kind === "replied";
  switch (outcome.kind) {
    case "replied":
      return ok(`${address} answers`, { address, status: outcome.status });
    case "no-reply":
      return failed(`${address} accepts connections but does not answer: ${HOP_LIMIT}`, HOP_HINT, { address });
    case "broken":
      return failed(`${address}: ${outcome.what}`, "find out who answers at the metadata address", { address });
    case "unconnected":
      if (wanted === "IPv6" && otherReplied) return notApplicable("off, which it is by default; IPv4 answers");
      if (otherReplied) {
        return warning(
          `${outcome.what}: each call first waits for it without success`,
          `set [metadata] endpoint = "http://[${other.address}]"`,
          { address },
        );
      }
      return wanted === "IPv6" && !named
        ? notApplicable("off, which it is by default")
        : failed(outcome.what, UNREACHABLE_HINT, { address });
    default:
      return outcome satisfies never;
  }
}

const HOP_LIMIT = "the reply to the token request gets lost";
const HOP_HINT =
  "in a container, set the hop limit of the instance's metadata options to 2; otherwise look at firewalls";
const UNREACHABLE_HINT =
  "is the instance metadata service enabled, and not filtered for this user (firewall rules, network namespace)?";

function token({ token: got }: MetadataFacts): Finding {
  const { ok, failed, fault } = describeCheck("token");
  if (got.kind === "fault")
    return got.fault.code === "METADATA_TIMEOUT" ? { ...fault(got.fault), hint: HOP_HINT } : fault(got.fault);
  if (got.value === "given") return ok("given");
  return failed(
    "the metadata service is turned off for this instance (403): every call ends without a key",
    "turn it on: aws ec2 modify-instance-metadata-options --http-endpoint enabled --instance-id …",
  );
}

/** Milliseconds; the service is on the host itself and takes 1 to 5. */
const SLOW_MS = 200;

function latency({ probes, values, deadlineMs }: MetadataFacts): Finding {
  const { ok, warning, notApplicable } = describeCheck("latency");
  const first = probes.map(({ outcome }) => outcome).find((outcome) => outcome.kind === "replied");
  if (first === undefined) return notApplicable("nothing answers");
  const all = values === undefined ? "" : `, everything that a login needs in ${values.ms} ms`;
  const facts = present({ tokenMs: first.ms, allMs: values?.ms });
  const message = `a token in ${first.ms} ms${all}`;
  return first.ms > SLOW_MS || (values?.ms ?? 0) > deadlineMs / 2
    ? warning(`${message}; a call has ${deadlineMs} ms`, "does this host query the metadata service very often?", facts)
    : ok(message, facts);
}

function metadataInstance({ values, instanceId }: MetadataFacts): Finding {
  const { ok, fault, notApplicable } = describeCheck("metadata-instance");
  if (values === undefined) return notApplicable(NO_VALUES);
  const got = values.instanceId;
  if (got.kind === "fault") return fault(got.fault);
  const found = got.value;
  try {
    checkInstanceId({ instanceId: found }, { instanceId });
  } catch (error) {
    if (error instanceof Fault) return fault(error);
    throw error;
  }
  return instanceId === undefined
    ? ok(`${found}; this host has no id to compare it with`, { found })
    : ok(`${found}, this instance`, { found });
}

export const NO_VALUES = "not known: the metadata service gave no token";
