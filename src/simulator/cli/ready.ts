/** `up --ready-fd N`: tells the process that started the simulator when everything is up, so that it need not poll. */
import { closeSync, fstatSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Simulator } from "../simulator.ts";
import { codeOf, Problem, Usage } from "./problem.ts";

/**
 * Checks at the start that the descriptor can be used.
 * @throws Usage, Problem
 */
export function checkReadyFd(fd: number): void {
  if (!Number.isInteger(fd) || fd < 3) throw new Usage(`--ready-fd wants a descriptor from 3 on, not ${fd}`);
  try {
    const found = fstatSync(fd);
    // A number that was not passed may be a descriptor that Node uses, which is none of these.
    if (found.isFIFO() || found.isSocket() || found.isFile() || found.isCharacterDevice()) return;
  } catch (error) {
    throw unusable(fd, error);
  }
  throw unusable(fd);
}

/**
 * Writes one line of JSON to the descriptor, and closes it. The reader gets the end of the file without a line if the start
 * fails.
 */
export function announceReady(fd: number, simulator: Simulator, folder: string): void {
  const { endpoint, apiEndpoint, instanceId, region } = simulator;
  const files = {
    config: join(folder, "config.toml"),
    anchors: join(folder, "anchors.pem"),
    env: join(folder, "aws.env"),
  };
  const facts = { ready: true, pid: process.pid, endpoint, apiEndpoint, instanceId, region, folder, ...files };
  try {
    writeSync(fd, `${JSON.stringify(facts)}\n`);
    closeSync(fd);
  } catch (error) {
    throw unusable(fd, error);
  }
}

const unusable = (fd: number, cause?: unknown): Problem =>
  new Problem(
    `cannot write to descriptor ${fd} (${codeOf(cause) ?? "not a pipe, socket or file"})`,
    `open it for writing, as in ${fd}>FILE`,
    {
      cause,
    },
  );
