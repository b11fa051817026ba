/** The shape of config.toml: every table, every name in it, and what its value must be, as valibot schemas. */
import { isIPv4, isIPv6 } from "node:net";
import * as v from "valibot";
import type { Origin } from "../metadata/http-exchange.ts";
import { INSTANCE_ID } from "../verify/evidence.ts";
import { patternFlaw } from "../verify/policy.ts";
import { CALLER_VARIABLE, REQUEST_ID_VARIABLE } from "../verify/ssh/session-variables.ts";
import { keyOptionsFlaw } from "./key-options.ts";
import { CHAIN_DEADLINE_MS, CLOCK_SKEW_SECONDS, DEADLINE_MS } from "./limits.ts";

/** smol-toml returns integers as bigints, so 1.0 is not accepted as an integer. */
const wholeNumber = (least: number, most: number) =>
  v.pipe(
    v.bigint(`must be a whole number from ${least} to ${most}`),
    v.minValue(BigInt(least), `must be a whole number from ${least} to ${most}`),
    v.maxValue(BigInt(most), `must be a whole number from ${least} to ${most}`),
    v.transform(Number),
  );

const path = v.pipe(v.string("must be a path in quotes"), v.regex(/^\/[^\0]*$/, "must be an absolute path"));

/** Numeric addresses only: a name would have to be resolved, and any DNS answer would be trusted. */
const endpoint = v.pipe(
  v.string("must be a URL in quotes"),
  v.check(
    (text) => originOf(text) !== undefined,
    "must be http://ADDRESS or http://ADDRESS:PORT, the address in numbers",
  ),
);

const domain = v.pipe(
  v.string("must be a domain in quotes"),
  v.regex(/^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/, "must be a domain in lower case"),
);

/** A pattern in [policy]; see src/verify/policy.ts. */
const pattern = v.pipe(
  v.string("must be a text in quotes"),
  v.rawCheck(({ dataset, addIssue }) => {
    const flaw = dataset.typed ? patternFlaw(dataset.value) : undefined;
    if (flaw !== undefined) addIssue({ message: flaw });
  }),
);
/** The service's callers are ASCII, so a pattern with other characters could never match. */
const callerPattern = v.pipe(pattern, v.regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces"));
const users = v.array(pattern, "must be a list of users");

/** Options in front of a key; see src/verify/ssh/key-options.ts. */
const keyOptions = v.pipe(
  v.string("must be a text in quotes"),
  v.rawCheck(({ dataset, addIssue }) => {
    const flaw = dataset.typed ? keyOptionsFlaw(dataset.value) : undefined;
    if (flaw !== undefined) addIssue({ message: flaw });
  }),
);

const callerVariable = v.pipe(
  v.string("must be a name in quotes"),
  v.regex(CALLER_VARIABLE, "must be EIC_ and 1 to 60 capital letters, digits or _"),
  v.notValue(REQUEST_ID_VARIABLE, `cannot be ${REQUEST_ID_VARIABLE}, which is the variable with the request id`),
);

const oneOf = <const T extends readonly string[]>(...words: T) =>
  v.picklist(words, `must be ${words.map((word) => JSON.stringify(word)).join(" or ")}`);

const audit = v.pipe(
  v.strictObject({
    target: v.optional(oneOf("syslog", "journal", "none")),
    format: v.optional(oneOf("text", "json")),
    required: v.optional(v.boolean("must be true or false")),
  }),
  // A required record without a target would refuse every key, which is never intended.
  v.forward(
    v.check(({ required, target }) => !(required && target === "none"), 'cannot be true if target is "none"'),
    ["required"],
  ),
);

/** One [[policy.rules]]. */
export const policyRule = v.strictObject({
  users: v.pipe(users, v.nonEmpty("must name at least one user")),
  callers: v.pipe(
    v.array(callerPattern, "must be a list of callers"),
    v.nonEmpty("must name at least one caller; use deny_users for users that no caller may log in as"),
  ),
  key_options: v.optional(keyOptions),
});

const policy = v.strictObject({
  deny_users: v.optional(users),
  allow_users: v.optional(users),
  default: v.optional(oneOf("allow", "deny")),
  mode: v.optional(oneOf("enforce", "report")),
  key_options: v.optional(keyOptions),
  rules: v.optional(v.array(policyRule, "must be tables, each [[policy.rules]]")),
});

/** Every table and every name in it. The man page and the example are checked against it. */
export const Shape = v.strictObject({
  metadata: v.optional(
    v.strictObject({
      endpoint: v.optional(endpoint),
      deadline_ms: v.optional(wholeNumber(DEADLINE_MS.least, DEADLINE_MS.most)),
    }),
  ),
  trust: v.optional(
    v.strictObject({
      anchors: v.optional(path),
      extra_anchors: v.optional(path),
      domains: v.optional(v.array(domain, "must be a list of domains")),
    }),
  ),
  instance: v.optional(
    v.strictObject({
      id: v.optional(
        v.pipe(v.string("must be an instance id in quotes"), v.regex(INSTANCE_ID, "must be i- and 8 to 32 hex digits")),
      ),
      dmi_path: v.optional(path),
      hypervisor_path: v.optional(path),
      check_identity: v.optional(v.boolean("must be true or false")),
    }),
  ),
  keys: v.optional(v.strictObject({ clock_skew_seconds: v.optional(wholeNumber(0, CLOCK_SKEW_SECONDS.most)) })),
  audit: v.optional(audit),
  policy: v.optional(policy),
  session: v.optional(v.strictObject({ caller_variable: v.optional(callerVariable) })),
  chain: v.optional(
    v.strictObject({ deadline_ms: v.optional(wholeNumber(CHAIN_DEADLINE_MS.least, CHAIN_DEADLINE_MS.most)) }),
  ),
});

/**
 * Parses an endpoint. Undefined unless the address has its usual spelling: some parsers read `010.0.0.1` as 8.0.0.1,
 * others as 10.0.0.1.
 */
export function originOf(url: string): Origin | undefined {
  const [, v4, v6, digits = "80"] =
    /^http:\/\/(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\])(?::([1-9][0-9]{0,4}))?$/.exec(url) ?? [];
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (v4 !== undefined) return isIPv4(v4) ? { host: v4, port } : undefined;
  return v6 !== undefined && isIPv6(v6) ? { host: v6, port } : undefined;
}
