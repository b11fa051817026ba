/** Addresses to listen on, in the form of --listen. */
import { isIP } from "node:net";
import type { Address } from "../server.ts";
import { Usage } from "./problem.ts";

/**
 * Parses "127.0.0.1:8080" or "[fd00:ec2::254]:80". Host names are not accepted: they may resolve to any address.
 * @param what the option or setting, for the message
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

/**
 * Checks that the text can be the host of a URL: an address or a host name (RFC 952, RFC 1123 §2.1).
 * @throws Usage
 */
export function checkHost(text: string): string {
  const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
  if (isIP(text) !== 0 || new RegExp(`^${label}(\\.${label})*$`, "i").test(text)) return text;
  throw new Usage(`--advertise wants a host name or an address, without a port, not ${text}`);
}
