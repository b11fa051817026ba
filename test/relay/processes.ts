/** The processes in a sandbox of the relay. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { AGENT_ID } from "./service.ts";

/** Checks whether a process has this root folder, or has ended and still counts among its user's. */
export function hasProcess(root: string): boolean {
  return readdirSync("/proc").some((id) => {
    if (!/^\d+$/.test(id)) return false;
    const status = statusOf(id);
    return isEnded(status) || (new RegExp(`^Uid:\t${AGENT_ID}\t`, "m").test(status) && rootOf(id) === root);
  });
}

/** Returns /proc's description of a process; empty if it has gone. */
function statusOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/status`, "utf8");
  } catch {
    return "";
  }
}

const isEnded = (status: string): boolean =>
  /^State:\tZ/m.test(status) && new RegExp(`^Uid:\t${AGENT_ID}\t`, "m").test(status);

function rootOf(id: string): string | undefined {
  try {
    return readlinkSync(`/proc/${id}/root`);
  } catch {
    return undefined;
  }
}
