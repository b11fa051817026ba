/** Addresses to listen on, as --listen takes them. */
import { isIP } from "node:net";
import type { Address } from "../server.ts";
import { Usage } from "./problem.ts";

/**
 * "127.0.0.1:8080" or "[fd00:ec2::254]:80". Names are not taken: they may lead anywhere.
 * @param what wants it, for the message
 */
export function parseAddress(text: string, what = "--listen"): Address {
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const family = bracketed === undefined ? 4 : 6;
  if (host === undefined || isIP(host) !== family || Number(port) > 65_535) {
    throw new Usage(`${what} wants ADDRESS:PORT, as 127.0.0.1:8080 or [::1]:8080, not ${text}`);
  }
  return { host, port: Number(port) };
}

export const isLoopback = ({ host }: Address): boolean => host === "::1" || host.startsWith("127.");
