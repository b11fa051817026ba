/**
 * Reads the options in front of a key, in sshd's grammar (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"; auth-options.c,
 * sshauthopt_parse). Options from the settings are read to their last byte: sshd refuses a key with an option that it cannot
 * read, so that nobody could log in with it. Only options that restrict what a session may do are accepted. Pure.
 */
import { isIP } from "node:net";

/** Maximum characters of options in the settings. A longer command belongs in a script. */
const MAX_OPTIONS = 2048;

/** With or without `no-`. Without it, they only give back what an earlier `restrict` took. */
const SWITCHES: readonly string[] = ["agent-forwarding", "port-forwarding", "pty", "user-rc", "x11-forwarding"];

const FLAGS: ReadonlySet<string> = new Set([
  "restrict",
  "touch-required",
  "verify-required",
  ...SWITCHES,
  ...SWITCHES.map((name) => `no-${name}`),
]);

interface ValueRule {
  /** sshd refuses a second one. */
  readonly once: boolean;
  /** @returns what the value must be; undefined if it is valid */
  flaw(value: string): string | undefined;
}

const VALUES: ReadonlyMap<string, ValueRule> = new Map([
  ["command", { once: true, flaw: (value) => (value.trim() === "" ? "must have a command" : undefined) }],
  ["from", { once: true, flaw: fromFlaw }],
  ["permitopen", { once: false, flaw: (value) => (isHostPort(value) ? undefined : "must be host:port, or host:*") }],
  [
    "permitlisten",
    {
      once: false,
      flaw: (value) =>
        isHostPort(value.includes(":") ? value : `*:${value}`) ? undefined : "must be port, or host:port",
    },
  ],
  ["expiry-time", { once: false, flaw: timeFlaw }],
  ["tunnel", { once: true, flaw: (value) => (isTunnel(value) ? undefined : "must be a device number, or any") }],
]);

/** Options that sshd knows and the settings may not have, each with the reason. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["cert-authority", "it would accept every certificate that this key signed"],
  ["principals", "it only belongs to cert-authority"],
  ["environment", "variables are set by [session] caller_variable alone"],
  ["no-touch-required", "it would take away a check of security keys"],
]);

/**
 * Returns what is wrong with options from the settings, with the column; undefined if sshd can read all of them and none
 * allows more than a key without options.
 */
export function keyOptionsFlaw(text: string): string | undefined {
  if (text === "") return "must have at least one option";
  if (text.length > MAX_OPTIONS) return `must have at most ${MAX_OPTIONS} characters`;
  const strange = /[^\x20-\x7e]/.exec(text);
  if (strange !== null) return `must be printable ASCII, and column ${strange.index + 1} is not`;

  const seen = new Set<string>();
  for (let at = 0; ; ) {
    const option = readOption(text.slice(at));
    const flaw = typeof option === "string" ? option : optionFlaw(option, seen);
    if (typeof option === "string" || flaw !== undefined) return `column ${at + 1}: ${flaw}`;
    seen.add(option.name);
    at += option.length;
    if (at === text.length) return undefined;
    if (text[at] !== ",") return `column ${at + 1}: options must be separated by a comma`;
    at += 1;
  }
}

export interface KeyOption {
  /** In lower case, as sshd compares it. */
  readonly name: string;
  /** Without its quotes; undefined for a flag. */
  readonly value: string | undefined;
  /** Characters in the text. */
  readonly length: number;
}

/** Returns the options in a text, up to the first that sshd could not read. */
export function keyOptionsIn(text: string): KeyOption[] {
  const options: KeyOption[] = [];
  for (let at = 0; at < text.length; ) {
    const option = readOption(text.slice(at));
    if (typeof option === "string") break;
    options.push(option);
    at += option.length + 1;
  }
  return options;
}

/** @returns the first option; a text if there is none */
function readOption(text: string): KeyOption | string {
  const [, written = "", equals = ""] = /^([A-Za-z0-9-]*)(=?)/.exec(text) ?? [];
  if (written === "") return "an option is missing";
  const name = written.toLowerCase();
  if (equals === "") return { name, value: undefined, length: written.length };
  // Only \" is special: any other backslash is a character of the value (opt_dequote in misc.c).
  const [quoted, value = ""] = /^"((?:\\"|(?!\\")[^"])*)"/.exec(text.slice(written.length + 1)) ?? [];
  if (quoted === undefined) return `the value of ${name.slice(0, 40)} must be in double quotes`;
  return { name, value: value.replaceAll('\\"', '"'), length: written.length + 1 + quoted.length };
}

function optionFlaw({ name, value }: KeyOption, seen: ReadonlySet<string>): string | undefined {
  const refused = REFUSED.get(name);
  if (refused !== undefined) return `${name} is not accepted: ${refused}`;
  const rule = VALUES.get(name);
  if (value === undefined) {
    if (FLAGS.has(name)) return undefined;
    return rule === undefined ? `${name.slice(0, 40)} is not an option of a key` : `${name} must have a value`;
  }
  if (rule === undefined)
    return `${name.slice(0, 40)} ${FLAGS.has(name) ? "has no value" : "is not an option of a key"}`;
  if (rule.once && seen.has(name)) return `a second ${name}`;
  const flaw = rule.flaw(value);
  return flaw === undefined ? undefined : `${name} ${flaw}`;
}

/**
 * `host:port` or `[host]:port`; the port may be `*` (handle_permit in auth-options.c). No names of ports: sshd
 * knows only those in the host's /etc/services.
 */
function isHostPort(text: string): boolean {
  const [, v6, host = v6 ?? "", port = ""] = /^(?:\[([^\]]+)\]|([^\s:/[\]]+)):([^:]*)$/.exec(text) ?? [];
  if (host === "" || host.length > 1024 || (v6 !== undefined && isIP(v6) !== 6)) return false;
  return port === "*" || isNumber(port, 1, 65_535);
}

/** One device: no second one for the other side, as `ssh -w` takes (a2tun in misc.c). */
const isTunnel = (text: string): boolean => text === "any" || isNumber(text, 0, 0x7fff_fffd);

const isNumber = (text: string, least: number, most: number): boolean =>
  /^(?:0|[1-9][0-9]{0,9})$/.test(text) && Number(text) >= least && Number(text) <= most;

function timeFlaw(text: string): string | undefined {
  return expiryTime(text) === undefined ? "must be YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS" : undefined;
}

/**
 * Returns the time of an `expiry-time`; undefined if it is not a time. It is in the host's time zone, or in UTC if it ends
 * with Z (OpenSSH 9.1 and later).
 */
export function expiryTime(text: string): Date | undefined {
  const [, y = "", mo = "", d = "", h = "00", mi = "00", s = "00", zone = ""] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(Z?)$/.exec(text) ?? [];
  const iso = `${y}-${mo}-${d}T${h}:${mi}:${s}.000`;
  const time = new Date(`${iso}Z`);
  // A day like 20270230 would become one in March.
  if (Number.isNaN(time.getTime()) || time.toISOString() !== `${iso}Z` || time.getTime() === 0) return undefined;
  return zone === "Z" ? time : new Date(iso);
}

/** Patterns of addresses and host names, and networks, separated by commas (addr_match_list in addrmatch.c). */
function fromFlaw(text: string): string | undefined {
  for (const entry of text.split(",")) {
    const pattern = entry.replace(/^!/, "");
    if (!/^[A-Za-z0-9.:*?_/-]+$/.test(pattern)) return "must be addresses, networks or host names, separated by commas";
    if (pattern.includes("/") && !isNetwork(pattern)) {
      // sshd matches nothing at all if one of its networks is invalid.
      return `has ${pattern.slice(0, 60)}, which must be an address, / and a length, without bits after it`;
    }
  }
  return /(?:^|,)[^!]/.test(text) ? undefined : "must have an entry without !, since ! alone never matches";
}

function isNetwork(text: string): boolean {
  const [address = "", length = "", ...more] = text.split("/");
  const bits = bitsOf(address);
  if (bits === undefined || more.length > 0 || !isNumber(length, 0, bits.length)) return false;
  return !bits.slice(Number(length)).includes("1");
}

/** Returns the bits of an address as digits. */
function bitsOf(address: string): string | undefined {
  const family = isIP(address);
  if (family === 4)
    return address
      .split(".")
      .map((part) => Number(part).toString(2).padStart(8, "0"))
      .join("");
  if (family === 0 || address.includes("%") || address.includes(".")) return undefined;
  const [head = [], tail = []] = address.split("::").map((side) => (side === "" ? [] : side.split(":")));
  const zeros = new Array<string>(8 - head.length - tail.length).fill("0");
  const groups = address.includes("::") ? [...head, ...zeros, ...tail] : head;
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0")).join("");
}
