/** The simulator's bundle inside a namespace, controlled from outside by its control socket. It ends with the namespace. */
import { appendFileSync, copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Action, Reply, Requests } from "../../src/simulator/cli/actions.ts";
import { sendAction } from "../../src/simulator/cli/control.ts";
import { METADATA_V4, type Namespace, SIMULATOR } from "./namespace.ts";
import { type Output, outputOf } from "./namespace-output.ts";

/** The agent's default settings file. */
export const SETTINGS = "/etc/eic-agent/config.toml";
const FOLDER = "/run/eic";
/** A metadata service runs outside of the instance: a crowd in the instance must not slow it down. */
const AS_IF_OUTSIDE = ["nice", "-n", "-15"] as const;

export interface HiddenSimulator {
  /** Its output: a line for every request and push. */
  readonly output: Output;
  /** Path inside of the settings that it wrote. They contain its first address. */
  readonly config: string;
  tell<A extends Action>(action: A, given: Requests[A]): Promise<Reply<A>>;
  /** Returns all requests since the start: "200 GET /latest/meta-data/instance-id". */
  requests(): Promise<string[]>;
  /** Installs its settings at the agent's default path, changed by `change`, which may remove the endpoint. */
  installSettings(change?: (text: string) => string): void;
}

/** Removes the endpoint, so that the agent uses the default addresses, as on an instance. */
export const withoutEndpoint = (text: string): string => text.replace(/^endpoint = .*\n/m, "");

/**
 * @param listen addresses in the form that --listen accepts
 * @param program command line of the simulator inside
 */
export async function simulatorIn(
  namespace: Namespace,
  listen: readonly string[] = [`${METADATA_V4}:80`],
  program: readonly string[] = [...AS_IF_OUTSIDE, SIMULATOR],
): Promise<HiddenSimulator> {
  const words = listen.flatMap((address) => ["--listen", address]);
  const child = namespace.start([...program, "up", "--folder", FOLDER, ...words]);
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("started without pipes");
  const output = outputOf("eic-simulator", stdout, stderr);
  await output.line(/Ctrl-C ends it/);

  const folder = namespace.outside(FOLDER);
  const config = `${FOLDER}/config.toml`;
  // There is no log inside: without this, every call would report that it was not recorded.
  appendFileSync(namespace.outside(config), '\n[audit]\ntarget = "none"\n');
  return {
    output,
    config,
    tell: (action, given) => sendAction(folder, action, given),
    async requests() {
      // Its output arrives with the delay of a pipe, so wait for as many lines as it counted requests.
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

/** "12:34:56  200  PUT  /latest/api/token", followed by the name of a fault, if any. */
const REQUEST = /^\d\d:\d\d:\d\d {2}(\d{3}|---) {2}([A-Z]+) +(\/\S*).*$/;
