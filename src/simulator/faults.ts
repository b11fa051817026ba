/** Selects the fault for the next answer on a path: the list of faults by name, and the rules in force. Pure. */
import { type ApiErrorName, isApiError } from "./api/api-errors.ts";
import { type Ec2ErrorName, isEc2Error } from "./ec2/ec2-errors.ts";
import { checkPattern, isApiPattern, isEc2Pattern, matches } from "./paths.ts";

/** Every fault and its effect; imds/fault-injection-http.ts produces it. A rule may change the defaults `ms` and `bytes`. */
export const INJECTED_FAULTS = {
  slow: { about: "answers properly after --ms", ms: 1000 },
  hang: { about: "takes the request and never answers" },
  drip: { about: "sends the body a byte each --ms", ms: 100 },
  "drip-head": { about: "sends everything a byte each --ms, from the status line on", ms: 100 },
  cut: { about: "announces more than it sends, then closes" },
  "cut-chunked": { about: "sends a chunked body without its last chunk, then closes" },
  reset: { about: "resets the connection (RST) instead of answering" },
  "reset-body": { about: "resets the connection after half of the body" },
  endless: { about: "sends the body and then empty lines for ever, without a length" },
  "endless-chunked": { about: "the same in chunks" },
  oversized: { about: "fills the body up with empty lines to --bytes, length announced", bytes: 2 * 1024 * 1024 },
  redirect: { about: "answers 302 to a place where the proper answer is" },
  chunked: { about: "answers properly, in chunks" },
  lengthless: { about: "answers properly, without a length, and closes" },
  close: { about: "answers properly and closes the connection" },
  empty: { about: "answers with the status it should and no body" },
  garbage: { about: "sends bytes that are not HTTP, then closes" },
  throttled: { about: "answers 429 with a Retry-After of --ms, in whole seconds", ms: 1000 },
  "400": { about: "Bad Request" },
  "401": { about: "Unauthorized" },
  "403": { about: "Forbidden: metadata turned off" },
  "404": { about: "Not Found" },
  "429": { about: "Too Many Requests" },
  "500": { about: "Internal Server Error" },
  "502": { about: "Bad Gateway" },
  "503": { about: "Service Unavailable: throttled" },
  "504": { about: "Gateway Timeout" },
} as const satisfies Record<string, { about: string; ms?: number; bytes?: number }>;

export type FaultName = keyof typeof INJECTED_FAULTS;

/** A fault or, if the path is the API's or EC2's, the name of an error of this API. */
export type AnyFault = FaultName | ApiErrorName | Ec2ErrorName;

export interface FaultRule {
  fault: AnyFault;
  /** A short name, the beginning of a path, or "*". */
  path: string;
  /** Number of answers with the fault; all by default. */
  times?: number;
  ms?: number;
  bytes?: number;
  /** Only for a fault of the wire at the API: whether it occurs before the call takes the push, or after; after by default. */
  when?: FaultTiming;
}

export type FaultTiming = "before" | "after";

export interface Faults {
  /** Adds a rule. A request uses the oldest matching rule that has times left. */
  set(rule: FaultRule): void;
  /** Removes the rules that were set for exactly this path, or all rules. */
  clear(path?: string): void;
  /** The rules in force; `times` is the number that is left. */
  readonly rules: readonly FaultRule[];
  /** Returns the rule for a request on `path`, and counts its use. */
  take(path: string): FaultRule | undefined;
}

/** Faults without a status on the wire. */
export const UNANSWERED: ReadonlySet<AnyFault | undefined> = new Set<AnyFault>(["hang", "reset", "garbage"]);

/** Returns the status that a fault sends instead of the proper status. */
export function statusOf(fault: AnyFault): number | undefined {
  if (fault === "throttled") return 429;
  return /^\d+$/.test(fault) ? Number(fault) : undefined;
}

/**
 * Returns whether a rule's fault occurs before a call of the API takes the push, or after. Undefined if the question does
 * not arise: at the metadata service, and for an error of the API, which never takes the push.
 */
export const timingOf = ({ fault, path, when = "after" }: FaultRule): FaultTiming | undefined =>
  isApiPattern(path) && !isApiError(fault) ? when : undefined;

/** Checks that `when` can be kept: other faults than these send the answer of the call, or a part of it. */
function checkTiming(rule: FaultRule): void {
  const { fault, when } = rule;
  if (when === undefined) return;
  if (when !== "before" && when !== "after") throw new Error(`when is neither before nor after: ${when}`);
  if (timingOf(rule) === undefined) throw new Error(`${when} the push is only for faults of the wire at the API`);
  if (when === "after" || UNANSWERED.has(fault) || statusOf(fault) !== undefined) return;
  throw new Error(`${fault} sends the answer of the call, so it cannot occur before the push`);
}

/** Returns the milliseconds of the rule, else the default of its fault, else 0. */
export const milliseconds = ({ fault, ms }: FaultRule): number => {
  const usual = Object.hasOwn(INJECTED_FAULTS, fault)
    ? (INJECTED_FAULTS[fault as FaultName] as { ms?: number }).ms
    : undefined;
  return ms ?? usual ?? 0;
};

/** Returns the headers that a fault adds to the answer. */
export const headersOf = (rule: FaultRule): Record<string, string> =>
  rule.fault === "throttled" ? { "retry-after": String(Math.ceil(milliseconds(rule) / 1000)) } : {};

const isFault = (name: string): name is FaultName => Object.hasOwn(INJECTED_FAULTS, name);

/** Checks that the fault can occur on its path: each API has errors of its own. */
function checkFault({ fault, path }: FaultRule): void {
  const isApi = isApiPattern(path) || isEc2Pattern(path);
  if (isFault(fault)) {
    if (fault === "redirect" && isApi) throw new Error("the API does not redirect");
    return;
  }
  if ((isApiError(fault) && isApiPattern(path)) || (isEc2Error(fault) && isEc2Pattern(path))) return;
  if (isApiError(fault)) throw new Error(`${fault} is an error of the API: its path must be api or an action`);
  if (isEc2Error(fault))
    throw new Error(`${fault} is an error of EC2's API: its path must be ec2 or DescribeInstances`);
  throw new Error(`no such fault: ${fault}`);
}

export function faultRules(): Faults {
  let rules: FaultRule[] = [];
  return {
    get rules() {
      return rules.map((rule) => ({ ...rule }));
    },
    set(rule) {
      checkPattern(rule.path);
      checkFault(rule);
      checkTiming(rule);
      for (const name of ["times", "ms", "bytes"] as const) {
        const value = rule[name];
        if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
          throw new Error(`${name} is not a positive whole number: ${value}`);
        }
      }
      rules.push({ ...rule });
    },
    clear(path) {
      rules = path === undefined ? [] : rules.filter((rule) => rule.path !== path);
    },
    take(path) {
      const rule = rules.find((one) => matches(one.path, path));
      if (rule?.times === undefined) return rule;
      rule.times -= 1;
      if (rule.times === 0) rules = rules.filter((one) => one !== rule);
      return rule;
    },
  };
}
