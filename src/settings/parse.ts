/**
 * Parses config.toml: its grammar with smol-toml, its shape with valibot. An unknown name or a wrong type is a Fault that
 * reports the location.
 */
import { isIPv4, isIPv6 } from "node:net";
import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import type { Origin } from "../metadata/http-exchange.ts";
import { Fault } from "../verify/errors.ts";
import { INSTANCE_ID } from "../verify/evidence.ts";
import { patternFlaw } from "../verify/policy.ts";
import { DEFAULTS, type Settings } from "./defaults.ts";
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

const policy = v.strictObject({
  deny_users: v.optional(users),
  allow_users: v.optional(users),
  default: v.optional(oneOf("allow", "deny")),
  mode: v.optional(oneOf("enforce", "report")),
  rules: v.optional(
    v.array(
      v.strictObject({
        users: v.pipe(users, v.nonEmpty("must name at least one user")),
        callers: v.pipe(
          v.array(callerPattern, "must be a list of callers"),
          v.nonEmpty("must name at least one caller; use deny_users for users that no caller may log in as"),
        ),
      }),
      "must be tables, each [[policy.rules]]",
    ),
  ),
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
  chain: v.optional(
    v.strictObject({ deadline_ms: v.optional(wholeNumber(CHAIN_DEADLINE_MS.least, CHAIN_DEADLINE_MS.most)) }),
  ),
});

/**
 * @param file name of the file, for the message
 * @throws Fault SETTINGS_INVALID
 */
export function parseSettings(text: string, file: string): Settings {
  const { metadata, trust, instance, keys, audit, policy, chain } = checkedShape(readToml(text, file), file);
  return {
    origins: originsOf(metadata?.endpoint),
    deadlineMs: metadata?.deadline_ms ?? DEFAULTS.deadlineMs,
    anchors: trust?.anchors,
    extraAnchors: trust?.extra_anchors,
    domains: trust?.domains ?? DEFAULTS.domains,
    instance: {
      id: instance?.id,
      dmiPath: instance?.dmi_path,
      hypervisorPath: instance?.hypervisor_path,
      checkIdentity: instance?.check_identity ?? DEFAULTS.instance.checkIdentity,
    },
    clockSkewSeconds: keys?.clock_skew_seconds ?? DEFAULTS.clockSkewSeconds,
    chainDeadlineMs: chain?.deadline_ms ?? DEFAULTS.chainDeadlineMs,
    audit: {
      target: audit?.target ?? DEFAULTS.audit.target,
      format: audit?.format ?? DEFAULTS.audit.format,
      required: audit?.required ?? DEFAULTS.audit.required,
    },
    policy: {
      denyUsers: policy?.deny_users ?? DEFAULTS.policy.denyUsers,
      allowUsers: policy?.allow_users,
      rules: policy?.rules ?? DEFAULTS.policy.rules,
      byDefault: policy?.default ?? DEFAULTS.policy.byDefault,
      mode: policy?.mode ?? DEFAULTS.policy.mode,
    },
  };
}

/** @throws Fault SETTINGS_INVALID, with line and column */
export function readToml(text: string, file: string): unknown {
  try {
    return parse(text, { integersAsBigInt: true });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    const what = error.message.split("\n", 1)[0]?.replace(/^Invalid TOML document: /, "");
    throw new Fault("SETTINGS_INVALID", `${file}:${line}:${column}: ${what}`, { file, line, column }, { cause: error });
  }
}

function checkedShape(value: unknown, file: string): v.InferOutput<typeof Shape> {
  const result = v.safeParse(Shape, value, { abortEarly: true });
  if (result.success) return result.output;
  const { setting, message } = flawOf(result.issues[0]);
  throw new Fault("SETTINGS_INVALID", `${file}: ${setting} ${message}`, { file, setting });
}

/** A setting that is invalid, unknown or missing. */
export interface ShapeFlaw {
  /** Its path with dots, such as `policy.rules.0.users`. */
  readonly setting: string;
  /** The same path in parts. */
  readonly path: readonly (string | number)[];
  /** The rule that the setting breaks, for the message. */
  readonly message: string;
  /** True if the name itself is unknown. */
  readonly isUnknown: boolean;
  /** The value in the file; undefined if it has no value. */
  readonly found: unknown;
}

/**
 * Returns every flaw of a file, so that a person can correct all of them at once; a login stops at the first one.
 * @param value as returned by readToml(); unknown names are removed from it
 */
export function shapeFlaws(value: unknown): ShapeFlaw[] {
  const unknown: ShapeFlaw[] = [];
  for (;;) {
    const { issues = [] } = v.safeParse(Shape, value);
    const flaws = issues.map(flawOf);
    // valibot reports only one unknown name per table.
    const strange = flaws.filter(({ isUnknown }) => isUnknown);
    if (strange.length === 0) return [...unknown, ...flaws];
    for (const { path } of strange) {
      const table = path.slice(0, -1).reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], value);
      delete (table as Record<string, unknown>)[String(path.at(-1))];
    }
    unknown.push(...strange);
  }
}

function flawOf(issue: v.InferIssue<typeof Shape>): ShapeFlaw {
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  const isShape = issue.type === "strict_object";
  const isUnknown = isShape && issue.expected === "never";
  // A missing table; or a value that is not a table; or a required name that is missing.
  const message = isShape
    ? isUnknown
      ? "is not a known setting"
      : issue.received === "undefined"
        ? "is missing"
        : "must be a table"
    : issue.message;
  return { setting: v.getDotPath(issue) ?? "", path, message, isUnknown, found: isUnknown ? undefined : issue.input };
}

function originsOf(endpoint: string | undefined): Settings["origins"] {
  const origin = endpoint === undefined ? undefined : originOf(endpoint);
  return origin === undefined ? DEFAULTS.origins : [origin];
}

/**
 * Parses an endpoint. Undefined unless the address has its usual spelling: some parsers read `010.0.0.1` as 8.0.0.1,
 * others as 10.0.0.1.
 */
function originOf(url: string): Origin | undefined {
  const [, v4, v6, digits = "80"] =
    /^http:\/\/(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\])(?::([1-9][0-9]{0,4}))?$/.exec(url) ?? [];
  const port = Number(digits);
  if (port > 65_535) return undefined;
  if (v4 !== undefined) return isIPv4(v4) ? { host: v4, port } : undefined;
  return v6 !== undefined && isIPv6(v6) ? { host: v6, port } : undefined;
}
