/** Makes a complete run: starts all programs, measures them in turn, and cleans up. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { missingFor } from "../tools/requirements.ts";
import { programPath } from "../tools/system.ts";
import { beside } from "./beside.ts";
import { crowds } from "./concurrent.ts";
import { CURL, EMPTY, type Figures, RELAY } from "./figures.ts";
import { flood } from "./flood.ts";
import { hanging } from "./hanging.ts";
import { peakOf } from "./memory.ts";
import { Metadata } from "./metadata.ts";
import { asking, type Contestant, curl, emptyScript, oneShot, other, type Question, relay } from "./programs.ts";
import { race } from "./rounds.ts";
import { openPlace, type Place } from "./sandbox.ts";
import { compileStopwatch, Stopwatch } from "./stopwatch.ts";
import { Users } from "./users.ts";
import { Warm } from "./warm.ts";

export const PARTS = ["calls", "crowds", "flood", "hanging", "beside"] as const;
export type Part = (typeof PARTS)[number];

export interface Order {
  readonly rounds: number;
  readonly parts: readonly Part[];
  /** Undefined if there is none: service and one-shot program then run from the bundle. */
  readonly executable: string | undefined;
  readonly against: readonly string[];
  readonly say: (line: string) => void;
}

export interface Measured {
  readonly figures: Figures;
  /** Programs whose bounds are judged. */
  readonly programs: readonly string[];
  /** Programs that could not take part, and the reasons. */
  readonly leftOut: readonly string[];
}

const QUESTIONS: readonly (readonly Question[])[] = [
  ["nothing"],
  ["no key"],
  ["one key", "one key again"],
  ["one of forty keys"],
  ["all of forty keys"],
];
const SIZES = [50, 200];
const ACCOUNTS = [1, 200];
const STOPWATCH = "dist/bench/stopwatch";
/** Number of starts of the service for measuring its start-up time. */
const STARTS = 15;

export async function measure({ rounds, parts, executable, against, say }: Order): Promise<Measured> {
  // Not os.tmpdir(): the path of a unix socket must stay below 108 bytes.
  const folder = mkdtempSync("/tmp/eic-bench-");
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, "etc/eic-agent"), { recursive: true });
  const ends = [async () => rmSync(folder, { recursive: true })];
  // All other programs end with this process.
  const interrupted = () => {
    warm?.service.kill();
    rmSync(folder, { recursive: true });
    process.exit(1);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupted);
  let warm: { readonly place: Place; readonly service: Warm } | undefined;
  let ready: number[] | undefined;
  try {
    const metadata = await Metadata.start(join(folder, "etc/eic-agent"));
    ends.push(() => metadata.end());
    const { endpoint, config } = metadata.ready;
    compileStopwatch(STOPWATCH);
    const stopwatch = new Stopwatch([STOPWATCH], { ...process.env, EIC_BENCH_ENDPOINT: endpoint });
    ends.push(() => stopwatch.end());

    const leftOut: string[] = [];
    const contestants: Contestant[] = [];
    const withoutRelay = missingFor("bench-relay");
    if (withoutRelay === undefined) {
      const place = await openPlace(folder, executable);
      ends.push(() => place.close());
      ready = await startsOf(place);
      const service = await Warm.start(place);
      ends.push(() => service.end());
      const inside = new Stopwatch([...place.enter, place.stopwatch], { PATH: "/usr/bin:/bin" });
      ends.push(() => inside.end());
      warm = { place, service };
      contestants.push(relay(inside, place.relay, service));
    } else leftOut.push(`${RELAY}: ${withoutRelay}`);
    if (executable !== undefined) contestants.push(oneShot("executable", executable, stopwatch, config));
    else leftOut.push("executable: npm run build:binary makes dist/eic-agent");
    contestants.push(oneShot("bundle", "dist/eic-agent.cjs", stopwatch, config));
    if (programPath(CURL) !== undefined) contestants.push(await curl(stopwatch, metadata.ready));
    else leftOut.push(`${CURL}: it is not installed`);
    contestants.push(...against.map((template) => other(template, stopwatch)));

    const about = [
      `${cpus().length} cores (${cpus()[0]?.model ?? "?"}), Node ${process.versions.node}, ${rounds} rounds in turn, ${executable === undefined ? "no executable" : `executable: ${versionOf(executable)}`}`,
    ];
    say(`${about.join("\n")}\nmetadata simulated at ${endpoint}`);
    const users = new Users(metadata);
    const ask = asking(users, metadata.ready);
    const beforeRound = () => users.renew();

    await beforeRound();
    const empty = emptyScript(stopwatch, folder);
    const isAsked = (part: Part) => parts.includes(part);
    const course = { contestants: [empty, ...contestants], questions: QUESTIONS, ask, beforeRound };
    // Crowds need to know how much memory a call takes.
    const calls = await race({ ...course, rounds: isAsked("calls") ? rounds : 1 });
    const service = warm && peakOf(warm.service.pid);
    const memoryOf = (program: string) =>
      Math.max(...calls.filter((one) => one.program === program).map(({ memory }) => memory));
    const crowding = { contestants, sizes: SIZES, rounds: Math.ceil(rounds / 8), metadata, ask, beforeRound, memoryOf };
    const crowded = isAsked("crowds") ? await crowds(crowding) : [];
    const floods = [];
    const [first] = contestants;
    if (isAsked("flood") && warm !== undefined && first !== undefined) {
      for (const accounts of ACCOUNTS) {
        await beforeRound();
        floods.push(await flood({ ...first, warm: warm.service }, warm.place.socket, accounts, ask));
      }
    }
    const hung =
      isAsked("hanging") && warm !== undefined && first !== undefined
        ? await hanging({ ...first, warm: warm.service }, metadata, rounds, ask)
        : undefined;
    await beforeRound();
    const besides =
      isAsked("beside") && warm !== undefined && first !== undefined
        ? await beside(first, metadata, rounds, ask)
        : undefined;
    return {
      figures: {
        ...{ about, calls: isAsked("calls") ? calls : [], crowds: crowded, floods },
        ...(hung !== undefined && { hanging: hung }),
        ...(besides !== undefined && { beside: besides }),
        ...(service !== undefined && { service }),
        ...(ready !== undefined && { ready }),
      },
      programs: [EMPTY, ...contestants.map(({ program }) => program)],
      leftOut,
    };
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** Returns the milliseconds from before the service is started until it reports that it is ready, for each start. */
async function startsOf(place: Place): Promise<number[]> {
  const times: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    const begun = performance.now();
    const service = await Warm.start(place);
    times.push(performance.now() - begun);
    await service.end();
  }
  return times;
}

const versionOf = (executable: string): string =>
  spawnSync(executable, ["--version"], { encoding: "utf8" }).stdout.trim();
