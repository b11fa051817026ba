/** Runs the built program with a scene: a loopback metadata service, settings and anchors in a folder, and the outcome. */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Policy } from "../../../src/verify/policy.ts";
import { PROGRAM } from "../program.ts";
import type { Scene } from "./case.ts";
import { type Misbehaviour, serve } from "./metadata-server.ts";

/** Everything in one call that a case may change. */
export interface Stage {
  /** TOML. This file and the anchors are in `folder`. */
  config: string;
  configMode: number;
  configFile: string;
  anchors: string;
  readonly misbehaves: Map<string, Misbehaviour>;
  /** File for standard output; undefined: a pipe, or a file that the test makes. */
  stdout: string | undefined;
  readonly folder: string;
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Outcomes of the same call with standard error on a terminal, and as sshd makes it. */
export interface Outcomes {
  readonly onTerminal: Outcome;
  readonly asSshd: Outcome | undefined;
}

export interface Run {
  readonly scene: Scene;
  readonly change?: ((stage: Stage) => void) | undefined;
  /** Whether to make the call as sshd does, in addition. */
  readonly twice: boolean;
}

export async function runBundle({ scene, change = () => {}, twice }: Run): Promise<Outcomes> {
  const folder = mkdtempSync(join(tmpdir(), "eic-bundle-"));
  const misbehaves = new Map<string, Misbehaviour>();
  const server = await serve(scene, misbehaves);
  try {
    chmodSync(folder, 0o755);
    const config = settingsFor(scene, server.port, join(folder, "anchors.pem"));
    const configFile = join(folder, "config.toml");
    const { anchors } = scene.rules;
    const stage: Stage = { config, configMode: 0o644, configFile, anchors, misbehaves, stdout: undefined, folder };
    change(stage);
    write(join(folder, "anchors.pem"), stage.anchors, 0o644);
    write(join(folder, "config.toml"), stage.config, stage.configMode);

    const { user, fingerprint } = scene;
    const words = ["authorized-keys", "--config", stage.configFile, user];
    const command = [...PROGRAM, ...words, ...(fingerprint === undefined ? [] : [fingerprint])];
    const asSshd = twice ? await withPipes(command, stage) : undefined;
    return { asSshd, onTerminal: await onTerminal(command, stage) };
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(path: string, content: string, mode: number): void {
  writeFileSync(path, content);
  chmodSync(path, mode);
}

/** Returns the settings. JSON strings are valid TOML basic strings. */
function settingsFor({ rules }: Scene, port: number, anchors: string): string {
  const { instanceId, domains, clockSkewSeconds, policy, callerVariable } = rules;
  return [
    ...["[metadata]", `endpoint = "http://127.0.0.1:${port}"`],
    ...["[trust]", `anchors = ${JSON.stringify(anchors)}`, `domains = ${JSON.stringify(domains)}`],
    ...["[instance]", instanceId === undefined ? "check_identity = false" : `id = ${JSON.stringify(instanceId)}`],
    ...["[keys]", `clock_skew_seconds = ${clockSkewSeconds}`],
    ...(callerVariable === undefined ? [] : ["[session]", `caller_variable = "${callerVariable}"`]),
    // Not into a host's log.
    ...["[audit]", 'target = "none"'],
    ...(policy === undefined ? [] : policyLines(policy)),
    "",
  ].join("\n");
}

function policyLines({ denyUsers, allowUsers, rules, keyOptions, byDefault, mode }: Policy): string[] {
  return [
    ...["[policy]", `deny_users = ${JSON.stringify(denyUsers)}`, `default = "${byDefault}"`, `mode = "${mode}"`],
    ...(allowUsers === undefined ? [] : [`allow_users = ${JSON.stringify(allowUsers)}`]),
    ...optionsLine(keyOptions),
    ...rules.flatMap(({ users, callers, keyOptions }) => [
      ...["[[policy.rules]]", `users = ${JSON.stringify(users)}`, `callers = ${JSON.stringify(callers)}`],
      ...optionsLine(keyOptions),
    ]),
  ];
}

const optionsLine = (options: string | undefined): string[] =>
  options === undefined ? [] : [`key_options = ${JSON.stringify(options)}`];

function withPipes(command: readonly string[], { stdout }: Stage): Promise<Outcome> {
  return stdout === undefined ? run(command) : run(["sh", "-c", `${quotedForShell(command)} >${stdout}`]);
}

/** Runs the command on a terminal (script(1)); the answer goes to a file, so the terminal shows only standard error. */
async function onTerminal(command: readonly string[], { stdout, folder }: Stage): Promise<Outcome> {
  const answer = join(folder, "answer");
  const whole = `${quotedForShell(command)} >${stdout ?? answer}`;
  const { status, stdout: screen } = await run(["script", "-qec", whole, "/dev/null"]);
  const printed = stdout === undefined ? readFileSync(answer, "latin1") : "";
  return { status, stdout: printed, stderr: screen.replaceAll("\r\n", "\n") };
}

const quotedForShell = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");

function run([program = "", ...words]: readonly string[]): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env.PATH } });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("latin1").on("data", (part: string) => {
      said[name] += part;
    });
  }
  child.on("error", reject).on("close", (status) => resolve({ status, ...said }));
  return promise;
}
