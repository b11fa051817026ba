/** The three sources of an explanation: ask the service now, ask it and save its replies, or read saved replies. */
import { isDeepStrictEqual } from "node:util";
import type { Dependencies } from "../authorize.ts";
import { createDependencies } from "../dependencies.ts";
import type { Origin } from "../metadata/http-exchange.ts";
import { DEFAULTS, type Settings } from "../settings/defaults.ts";
import { loadSettings } from "../settings/load.ts";
import { Fault } from "../verify/errors.ts";
import type { Request } from "../verify/evidence.ts";
import { readAnchors } from "../verify/x509/anchor.ts";
import { judgedAnswer } from "./answer.ts";
import type { Capture } from "./capture.ts";
import { type Explanation, explanation, type ProgramReport, type Source, settingsFailure } from "./explanation.ts";
import type { KeyReport } from "./keys.ts";
import { recorder } from "./recording.ts";
import { replay } from "./replay.ts";
import { examine, withAllStaples } from "./trace-call.ts";

export interface ExplainOptions {
  readonly request: Request;
  /** The settings file of --config. */
  readonly config: string | undefined;
  /** The time as of which the call is judged; the present by default. */
  readonly at: Date | undefined;
  readonly program: ProgramReport;
  readonly now: () => Date;
}

/** Makes one call to the service, as a login makes it. */
export async function explainCall(asking: ExplainOptions, source: Source): Promise<Explanation> {
  const { request, program, now, at } = asking;
  const told = { request, program, source, records: [] };
  try {
    const settings = await loadSettings(asking.config);
    const { examined, records } = await tracedCall(asking, settings, (world) =>
      at ? { ...world, now: () => at } : world,
    );
    return explanation(examined, { ...told, anchors: anchorSource(settings), records });
  } catch (error) {
    if (error instanceof Fault) return settingsFailure(error, { ...told, anchors: "pinned" }, at ?? now());
    throw error;
  }
}

/**
 * Makes one call, and saves everything that is needed to judge it again.
 * @throws Fault if settings or anchors cannot be read: there are then no replies of the service to save
 */
export async function captureCall(
  asking: ExplainOptions,
  source: Source,
): Promise<{ capture: Capture; explained: Explanation }> {
  const { request, program, now } = asking;
  const made = now();
  const settings = await loadSettings(asking.config);
  const { examined, records, world } = await tracedCall(asking, settings, withAllStaples);
  const instance = examined.identity ?? world.identify();
  const explained = explanation(examined, { request, program, source, anchors: anchorSource(settings), records });
  const capture: Capture = {
    made: { at: made, ...program },
    redacted: false,
    user: request.user,
    instance,
    rules: {
      anchors: anchorSource(settings) === "pinned" ? undefined : pemOf(await world.anchors()),
      domains: settings.domains,
      clockSkewSeconds: settings.clockSkewSeconds,
      policy: settings.policy,
      callerVariable: settings.callerVariable,
    },
    judgedAt: examined.now,
    records,
    recorded: { answer: explained.answer, keys: explained.keys },
  };
  return { capture, explained };
}

async function tracedCall(
  { request, config, now }: ExplainOptions,
  settings: Settings,
  alter: (world: Dependencies) => Dependencies,
) {
  const { records, send } = recorder(now);
  // The deadline of a login, but counted from here: this program was started by a user, not by sshd.
  const end = new AbortController();
  const over = performance.now() + settings.deadlineMs;
  const timer = setTimeout(() => end.abort(), settings.deadlineMs);
  const agents = new Set<{ destroy(): void }>();
  const exchange: typeof send = (http, what) => {
    agents.add(what.agent);
    return send(http, what);
  };
  const left = () => over - performance.now();
  const world = createDependencies({ settings, named: config !== undefined, signal: end.signal, left, exchange });
  try {
    return { examined: await examine(request, alter(world)), records, world };
  } finally {
    clearTimeout(timer);
    for (const agent of agents) agent.destroy();
  }
}

const anchorSource = ({ anchors, extraAnchors }: Settings): Explanation["anchors"] =>
  anchors === undefined && extraAnchors === undefined ? "pinned" : "settings";

const pemOf = (anchors: Awaited<ReturnType<Dependencies["anchors"]>>): string =>
  anchors
    .map(({ der }) => {
      const base64 = Buffer.from(der)
        .toString("base64")
        .replace(/.{64}(?=.)/g, "$&\n");
      return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
    })
    .join("");

export interface Reading extends Omit<ExplainOptions, "request" | "now"> {
  readonly capture: Capture;
  /** For naming the source in the report. */
  readonly file: string;
  readonly fingerprint: string | undefined;
}

/**
 * Judges a saved call again without a network: by the rules in the file, or by those of --config.
 * @throws Fault if --config cannot be read; IncompleteCapture if the file does not contain what this judgement needs
 */
export async function explainCapture(reading: Reading): Promise<Explanation> {
  const { capture, file, config, at, program, fingerprint } = reading;
  const request: Request = { user: capture.user, fingerprint };
  const mine = await loadSettings(config);
  const ownRules = config === undefined ? differences(capture, mine) : [];
  const { anchors: brought, ...rules } = config === undefined ? capture.rules : { ...mine, anchors: undefined };
  const end = new AbortController();
  const real = createDependencies({
    settings: { ...mine, ...rules, anchors: mine.anchors, origins: originsOf(capture) },
    named: config !== undefined,
    signal: end.signal,
    exchange: replay(capture.records, () => end.abort()),
    pause: async () => undefined,
  });
  const world: Dependencies = {
    ...real,
    identify: () => capture.instance,
    now: () => at ?? capture.judgedAt,
    anchors: brought === undefined ? real.anchors : async () => readAnchors(brought, `the anchors in ${file}`),
  };
  const source: Source = {
    kind: "capture",
    file,
    made: { ...capture.made, at: capture.made.at.toISOString() },
    judgedAt: capture.judgedAt.toISOString(),
    redacted: capture.redacted,
    ownRules,
  };
  const anchors = brought === undefined ? anchorSource(mine) : "capture";
  const examined = await examine(request, world);
  const explained = explanation(examined, { request, program, source, anchors, records: capture.records });
  return capture.redacted ? withRecordedVerdicts(explained, capture.recorded.keys) : explained;
}

/**
 * Returns the origins that were asked, normally the service's two. Only their number matters, because nothing is connected.
 */
function originsOf({ records }: Capture): Settings["origins"] {
  const [first = DEFAULTS.origins[0], ...others] = [...new Set(records.map(({ origin }) => origin))]
    .slice(0, 4)
    .map((origin, i): Origin => ({ host: origin, port: i }));
  return [first, ...others];
}

function differences({ rules }: Capture, mine: Settings): Extract<Source, { kind: "capture" }>["ownRules"] {
  return [
    ...(rules.anchors === undefined ? [] : (["anchors"] as const)),
    ...(rules.domains.every((domain) => mine.domains.includes(domain)) ? [] : (["domains"] as const)),
    ...(rules.clockSkewSeconds === mine.clockSkewSeconds ? [] : (["clock_skew_seconds"] as const)),
    ...(isDeepStrictEqual(rules.policy, mine.policy) ? [] : (["policy"] as const)),
    ...(rules.callerVariable === mine.callerVariable ? [] : (["caller_variable"] as const)),
  ];
}

/** Repeats the recorded verdicts and marks them as not proven: a redacted key's signature can no longer be valid. */
function withRecordedVerdicts(explained: Explanation, keys: readonly KeyReport[]): Explanation {
  if (explained.answer.kind !== "judged") return { ...explained, verified: false, keys: [] };
  return { ...explained, verified: false, keys, answer: judgedAnswer(keys) };
}
