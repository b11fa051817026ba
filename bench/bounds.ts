/** Upper bounds that a change must not exceed, compared with a run. docs/performance.md lists them. */
import { BUNDLE, type Call, CURL, EMPTY, EXECUTABLE, type Figures, RELAY } from "./figures.ts";
import { mean, median, ratio } from "./numbers.ts";

export interface Judgement {
  readonly what: string;
  /** Undefined if the run has no figures for it. */
  readonly found: number | undefined;
  readonly atMost: number;
  readonly digits: number;
}

/** Median wall time in milliseconds: of a call, and from the start of the service until it accepts calls. */
const RELAY_MS = 5;
const READY_MS = 100;
const RELAY_QUESTIONS = ["no key", "one key", "one key again"];
/** Maximum ratios of wall times, compared round by round. */
const RATIOS = [
  { program: BUNDLE, asked: "no key", to: EMPTY, atMost: 2.0 },
  // 2.5 if Node measured it: docs/decisions/0135-a-stopwatch-in-c.md.
  { program: BUNDLE, asked: "one key", to: EMPTY, atMost: 2.8 },
  { program: BUNDLE, asked: "one of forty keys", to: "one key", atMost: 1.3 },
  { program: BUNDLE, asked: "all of forty keys", to: "one key", atMost: 1.3 },
  { program: EXECUTABLE, asked: "no key", to: EMPTY, atMost: 1.6 },
  { program: EXECUTABLE, asked: "one key", to: EMPTY, atMost: 2.0 },
  { program: EXECUTABLE, asked: "one of forty keys", to: "one key", atMost: 1.2 },
  { program: EXECUTABLE, asked: "all of forty keys", to: "one key", atMost: 1.2 },
  { program: RELAY, asked: "one of forty keys", to: "one key", atMost: 1.2 },
  // Forty signatures: docs/decisions/0136-forty-signatures.md.
  { program: RELAY, asked: "all of forty keys", to: "one key", atMost: 2.5 },
];
/** Maximum MiB of a call of the executable, and of fifty relays together with their service. */
const EXECUTABLE_MIB = 60;
const CROWD_MIB = 100;
const CROWD = 50;
/** Milliseconds by which an ordinary login with five offered keys may be slower while the metadata service hangs. */
const HANGING_MS = 500;
/** Maximum ratio of a login's times: during calls for a user with forty keys, to during calls for a user without keys. */
const BESIDE = 1.5;

/** Returns every bound with the measured value, except for programs that did not take part. */
export function judged(figures: Figures, programs: readonly string[]): Judgement[] {
  const call = (program: string, asked: string) =>
    figures.calls.find((one) => one.program === program && one.asked === asked);
  const { hanging, beside } = figures;
  const all = [
    ...RELAY_QUESTIONS.map((asked) => ({
      ...{ program: RELAY, what: `${RELAY}, ${asked}: wall ms`, atMost: RELAY_MS, digits: 2 },
      found: call(RELAY, asked) && median(call(RELAY, asked)?.wall ?? []),
    })),
    {
      ...{ program: RELAY, what: "service: ready after ms", atMost: READY_MS, digits: 1 },
      found: figures.ready && median(figures.ready),
    },
    ...["no key", "one key"].map((asked) => ({
      ...{ program: RELAY, what: `${RELAY}, ${asked}: processor time / ${CURL}'s`, atMost: 1, digits: 2 },
      found: quotient(call(RELAY, asked), call(CURL, asked)),
    })),
    ...RATIOS.map(({ program, asked, to, atMost }) => ({
      ...{ program, what: `${program}, ${asked} / ${to}`, atMost, digits: 2 },
      found: pairwise(call(program, asked), to === EMPTY ? call(EMPTY, "nothing") : call(program, to)),
    })),
    {
      ...{ program: EXECUTABLE, what: `${EXECUTABLE}: peak MiB of a call`, atMost: EXECUTABLE_MIB, digits: 1 },
      found: greatest(figures.calls.filter(({ program }) => program === EXECUTABLE).map(({ memory }) => memory)),
    },
    ...figures.crowds
      .filter(({ program, size }) => program === RELAY && size === CROWD)
      .flatMap(({ program, size, memory, right, all }) => [
        { program, what: `${program}, ${size} at once: peak MiB`, found: memory?.pss, atMost: CROWD_MIB, digits: 1 },
        { program, what: `${program}, ${size} at once: not answered`, found: size * all.length - right, ...NONE },
      ]),
    {
      ...{ program: RELAY, what: "five offered keys while metadata hangs: ms more", atMost: HANGING_MS, digits: 0 },
      found: hanging && median(hanging.hung) - median(hanging.well),
    },
    {
      ...{ program: RELAY, what: "the first pushed key after that: lost", ...NONE },
      found: hanging && (hanging.isBackAtOnce ? 0 : 1),
    },
    {
      ...{ program: RELAY, what: "one key beside forty keys of 800 words / beside none", atMost: BESIDE, digits: 2 },
      found: beside && ratio(beside.besideForty, beside.besideNone),
    },
  ];
  return all
    .filter(({ program }) => programs.includes(program))
    .map(({ what, found, atMost, digits }) => ({ what, found, atMost, digits }));
}

const NONE = { atMost: 0, digits: 0 } as const;

export const isHeld = ({ found, atMost }: Judgement): boolean => found !== undefined && found <= atMost;

export function sentence(judgement: Judgement): string {
  const { what, found, atMost, digits } = judgement;
  if (found === undefined) return `NOT JUDGED: ${what}, at most ${atMost.toFixed(digits)}`;
  return `${isHeld(judgement) ? "held" : "NOT HELD"}: ${what} = ${found.toFixed(digits)}, at most ${atMost.toFixed(digits)}`;
}

/** Returns the ratio of the means, because a host pays the average cost of a call. */
const quotient = (one: Call | undefined, other: Call | undefined): number | undefined =>
  one && other && mean(one.processor) / mean(other.processor);

const pairwise = (one: Call | undefined, other: Call | undefined): number | undefined =>
  one && other && ratio(one.wall, other.wall);

const greatest = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.max(...values);
