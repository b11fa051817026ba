/**
 * An instance on which sshd runs the relay, and the relay asks the warm service, which listens on a socket like the one
 * that systemd makes, with the values of the units. Features of systemd that are not emulated here (for example the
 * sandbox) are tested by the tests that install the packages.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, vi } from "vitest";
import type { Status } from "../../src/service/telemetry/status.ts";
import { openNamespace, PROGRAMS } from "./namespace.ts";
import { type Output, outputOf } from "./namespace-output.ts";
import { withoutEndpoint } from "./namespace-simulator.ts";
import { statusAt } from "./service.ts";
import { COMMAND_USER_ID } from "./sshd-accounts.ts";
import { type Instance, instanceIn } from "./sshd-instance.ts";
import { niceness, ofUnit } from "./units.ts";
import { WARM_PROGRAMS } from "./warm-programs.ts";

const FOLDER = "/run/eic-agent";
export const SOCKET = `${FOLDER}/authorized-keys.sock`;
export const SLOTS = ["0", "1", "2", "3"] as const;
const ONE_SHOTS = "/run/one-shots";
/** The program itself, without the wrapper that counts one-shot programs. */
export const EXECUTABLE = `${PROGRAMS}/eic-agent`;

export interface WarmInstance extends Instance {
  readonly service: PlayedService;
  /** Returns the slots held by the one-shot programs that started since the last call, in order; "none" breaks the limit. */
  oneShots(): string[];
  /** Remove and create the files of the slots, as tmpfiles.d does. */
  removeSlots(): void;
  makeSlots(): void;
}

/** The service and its socket, as under systemd. */
export interface PlayedService {
  /** Output lines of the program that emulates systemd, and of the service, which are its records. */
  readonly output: Output;
  /** Returns the process id of the running service, as seen inside; undefined if it does not run. */
  pid(): number | undefined;
  /** Sends the service a signal. */
  signal(name: "KILL" | "STOP" | "CONT" | "TERM"): Promise<void>;
  /** Sends SIGSTOP and waits until the service has stopped. */
  freeze(): Promise<void>;
  /** Waits until a service that was asked to end, or was killed, has ended. */
  ended(pid: number): Promise<void>;
  /** Stops the socket and the service: `systemctl stop eic-agent.socket eic-agent.service`. */
  stop(): Promise<void>;
  /** Starts the socket. @param before words that are put before the command line of the service */
  start(before?: readonly string[]): Promise<void>;
  /** Returns the service's status; the request starts a service if none runs. */
  status(): Promise<Status>;
}

/** Changes the settings so that every printed key has a record in the service's output. */
const withRecords = (settings: string): string =>
  withoutEndpoint(settings).replace('[audit]\ntarget = "none"', '[audit]\ntarget = "journal"');

export async function openWarmInstance(): Promise<WarmInstance> {
  const instance = await instanceIn(await openNamespace(undefined, WARM_PROGRAMS), [], withRecords);
  const { namespace } = instance;
  try {
    mkdirSync(namespace.outside(FOLDER), { mode: 0o755 });
    const slots = namespace.outside(`${FOLDER}/slots`);
    mkdirSync(slots);
    owned(slots, 0o750);
    const makeSlots = () => {
      for (const slot of SLOTS) {
        writeFileSync(join(slots, slot), "");
        owned(join(slots, slot), 0o640);
      }
    };
    makeSlots();
    const begun = namespace.outside(ONE_SHOTS);
    const forget = () => {
      writeFileSync(begun, "");
      chmodSync(begun, 0o666);
    };
    forget();
    const service = playedService(instance);
    await service.start();
    return {
      ...{ ...instance, service, makeSlots },
      oneShots() {
        const lines = readFileSync(begun, "utf8").split("\n").slice(0, -1);
        forget();
        return lines;
      },
      removeSlots: () => {
        for (const slot of SLOTS) rmSync(join(slots, slot));
      },
    };
  } catch (error) {
    await namespace.close();
    throw error;
  }
}

function owned(path: string, mode: number): void {
  chmodSync(path, mode);
  chownSync(path, 0, COMMAND_USER_ID);
}

function playedService({ namespace }: Instance): PlayedService {
  const backlog = ofUnit("eic-agent.socket", /^Backlog=(\d+)$/m);
  const restart = ofUnit("eic-agent.service", /^RestartSec=(\d+)ms$/m);
  const nice = niceness();
  const id = COMMAND_USER_ID;
  const rights = [`--reuid=${id}`, `--regid=${id}`, "--clear-groups", "--bounding-set=-all", "--no-new-privs"];
  const becoming = ["nice", "-n", nice, "setpriv", ...rights];
  const activate = [`${PROGRAMS}/activate`, SOCKET, backlog, `${id}`, restart];

  let systemd: ChildProcess | undefined;
  let output = outputOf("activate");
  const kill = (name: string, pid: number | undefined) => namespace.mustRun(["sh", "-c", `kill -${name} ${pid}`]);
  const pid = () => {
    const line = output.lines.findLast((said) => /^(started|ended) \d/.test(said));
    return line?.startsWith("started") ? numberIn(line) : undefined;
  };
  return {
    get output() {
      return output;
    },
    pid,
    signal: async (name) => void (await kill(name, pid())),
    async freeze() {
      const frozen = pid();
      await kill("STOP", frozen);
      const state = () => namespace.run(["cat", `/proc/${frozen}/stat`]);
      await vi.waitFor(async () => expect((await state()).stdout).toMatch(/^\d+ \(.*\) T /), 10_000);
    },
    ended: async (which) => void (await output.line(new RegExp(`^ended ${which} `))),
    async stop() {
      if (systemd === undefined) return;
      const closed = once(systemd, "close");
      const running = pid();
      await kill("KILL", numberIn(await output.line(/^listens /)));
      // It may be frozen, or may just have ended.
      if (running !== undefined) await namespace.run(["sh", "-c", `kill -TERM ${running}; kill -CONT ${running}`]);
      // The pipes close only when the service, which has inherited them, has ended.
      await closed;
      rmSync(namespace.outside(SOCKET), { force: true });
      systemd = undefined;
    },
    async start(before = []) {
      if (systemd !== undefined) throw new Error("the socket is there already");
      if (existsSync(namespace.outside(SOCKET))) throw new Error(`${SOCKET} was left over`);
      const words = [...activate, ...before, ...becoming, EXECUTABLE, "serve"];
      systemd = namespace.start(words);
      const { stdout, stderr } = systemd;
      if (stdout === null || stderr === null) throw new Error("started without pipes");
      output = outputOf("activate", stdout, stderr);
      await output.line(/^listens /);
    },
    status: () => statusAt(namespace.outside(SOCKET)),
  };
}

const numberIn = (line: string): number => Number(line.split(" ")[1]);
