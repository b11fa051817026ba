/** The simulator's bundle, running inside a namespace, told what to do from outside through its control socket. It ends with the namespace. */
import { appendFileSync, copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Action, Reply, Requests } from "../../src/simulator/cli/actions.ts";
import { sendAction } from "../../src/simulator/cli/control.ts";
import { METADATA_V4, type Namespace, SIMULATOR } from "./namespace.ts";
import { type Output, outputOf } from "./namespace-output.ts";

/** The agent's default one. */
export const SETTINGS = "/etc/eic-agent/config.toml";
const FOLDER = "/run/eic";

export interface HiddenSimulator {
  /** What it showed: a line for every request and push. */
  readonly output: Output;
  /** The settings that it wrote, as a path inside. They name its first address. */
  readonly config: string;
  tell<A extends Action>(action: A, given: Requests[A]): Promise<Reply<A>>;
  /** Everything asked since it started: "200 GET /latest/meta-data/instance-id". */
  requests(): Promise<string[]>;
  /** Puts its settings where the agent looks by itself; without the endpoint, if it is not to be named. */
  installSettings(change?: (text: string) => string): void;
}

/** The agent finds the service by itself, as on an instance. */
export const withoutEndpoint = (text: string): string => text.replace(/^endpoint = .*\n/m, "");

/**
 * @param listen as --listen takes it
 * @param program how it is called there
 */
export async function simulatorIn(
  namespace: Namespace,
  listen: readonly string[] = [`${METADATA_V4}:80`],
  program: readonly string[] = [SIMULATOR],
): Promise<HiddenSimulator> {
  const words = listen.flatMap((address) => ["--listen", address]);
  const child = namespace.start([...program, "up", "--folder", FOLDER, ...words]);
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("started without pipes");
  const output = outputOf("eic-simulator", stdout, stderr);
  await output.line(/Ctrl-C ends it/);

  const folder = namespace.outside(FOLDER);
  const config = `${FOLDER}/config.toml`;
  // There is no log in here: without this, every call would be told that it was not recorded.
  appendFileSync(namespace.outside(config), '\n[audit]\ntarget = "none"\n');
  return {
    output,
    config,
    tell: (action, given) => sendAction(folder, action, given),
    async requests() {
      // Its output is behind by as much as a pipe is; what it counted is not.
      const { requests } = await sendAction(folder, "status", {});
      const lines = await output.count(REQUEST, requests);
      return lines.map((line) => line.replace(REQUEST, "$1 $2 $3"));
    },
    installSettings(change) {
      const written = namespace.outside(config);
      if (change !== undefined) {
        namespace.write(SETTINGS, change(readFileSync(written, "utf8")));
        return;
      }
      mkdirSync(dirname(namespace.outside(SETTINGS)), { recursive: true });
      copyFileSync(written, namespace.outside(SETTINGS));
    },
  };
}

/** "12:34:56  200  PUT  /latest/api/token", and a fault's name after it. */
const REQUEST = /^\d\d:\d\d:\d\d {2}(\d{3}|---) {2}([A-Z]+) +(\/\S*).*$/;
