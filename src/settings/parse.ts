/**
 * Parses config.toml: its grammar with smol-toml, its shape (shape.ts) with valibot. An unknown name or a wrong type is a
 * Fault that reports the location.
 */
import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { Fault } from "../verify/errors.ts";
import type { PolicyRule } from "../verify/policy.ts";
import { DEFAULTS, type Settings } from "./defaults.ts";
import { originOf, type policyRule, Shape } from "./shape.ts";

export { Shape };

/**
 * @param file name of the file, for the message
 * @throws Fault SETTINGS_INVALID
 */
export function parseSettings(text: string, file: string): Settings {
  const { metadata, trust, instance, keys, audit, policy, session, chain } = checkedShape(readToml(text, file), file);
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
      rules: policy?.rules?.map(rule) ?? DEFAULTS.policy.rules,
      keyOptions: policy?.key_options,
      byDefault: policy?.default ?? DEFAULTS.policy.byDefault,
      mode: policy?.mode ?? DEFAULTS.policy.mode,
    },
    callerVariable: session?.caller_variable,
  };
}

const rule = ({ users, callers, key_options }: v.InferOutput<typeof policyRule>): PolicyRule => ({
  users,
  callers,
  keyOptions: key_options,
});

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
