/** config.toml: its grammar by smol-toml, its shape by valibot. An unknown name or a wrong type is a Fault that says where. */
import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { Fault } from "./core/errors.ts";
import { INSTANCE_ID } from "./host/instance.ts";
import { CLOCK_SKEW_SECONDS, DEADLINE_MS, DEFAULTS, type Settings } from "./settings.ts";

const wholeNumber = (least: number, most: number) =>
  v.pipe(
    v.number(`must be a whole number from ${least} to ${most}`),
    v.integer(`must be a whole number from ${least} to ${most}`),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );

const path = v.pipe(v.string("must be a path in quotes"), v.regex(/^\/[^\0]*$/, "must be an absolute path"));

/** A name would have to be looked up, and whoever answers DNS would be believed: numbers only. */
const endpoint = v.pipe(
  v.string("must be a URL in quotes"),
  v.regex(
    /^http:\/\/(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/,
    "must be http://ADDRESS or http://ADDRESS:PORT",
  ),
  v.check((text) => URL.canParse(text), "must be http://ADDRESS or http://ADDRESS:PORT"),
);

const domain = v.pipe(
  v.string("must be a domain in quotes"),
  v.regex(/^[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/, "must be a domain in lower case"),
);

const Shape = v.strictObject({
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
});

/**
 * @param file whose text it is, for the message
 * @throws Fault SETTINGS_INVALID
 */
export function parseSettings(text: string, file: string): Settings {
  const { metadata, trust, instance, keys } = checkedShape(readToml(text, file), file);
  return {
    origins: metadata?.endpoint === undefined ? DEFAULTS.origins : [originOf(metadata.endpoint)],
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
  };
}

function readToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = error.message.split("\n", 1)[0]?.replace(/^Invalid TOML document: /, "");
    throw new Fault(
      "SETTINGS_INVALID",
      `${file}:${error.line}:${error.column}: ${what}`,
      { file, line: error.line },
      { cause: error },
    );
  }
}

function checkedShape(value: unknown, file: string): v.InferOutput<typeof Shape> {
  const result = v.safeParse(Shape, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const setting = v.getDotPath(issue) ?? "";
  const what = issue.type === "strict_object" && issue.expected === "never" ? "is no known setting" : issue.message;
  throw new Fault("SETTINGS_INVALID", `${file}: ${setting} ${what}`, { file, setting });
}

function originOf(url: string): Settings["origins"][0] {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? 80 : Number(port) };
}
