/**
 * Restrictions on the service by its systemd unit, from the values that systemd has in force: the unit's own file and
 * drop-ins of every level, including those for all services. Each setting that stops a login or the service is reported with
 * the file that sets it. Pure.
 */
import { AGENT_PATH } from "../../host/installed-paths.ts";
import type { Properties } from "../../sshd/inspect/systemctl.ts";

export interface UnitFacts {
  readonly properties: Properties;
  /** The last of the unit's files that assigns a setting; undefined if none does, or it cannot be read. */
  readonly setBy: ReadonlyMap<string, string>;
}

export interface Wanted {
  /** Of the metadata service, from the settings. */
  readonly addresses: readonly string[];
  /** Files that the service reads, named by the settings or the package. */
  readonly files: readonly string[];
}

export interface Hindrance {
  readonly setting: string;
  /** The effect of the setting. */
  readonly message: string;
  /** A harmless value for the suggested drop-in; undefined if the file itself must be changed. */
  readonly right: string | undefined;
  readonly file: string | undefined;
  /**
   * Whether it stops every login by a pushed key: the service runs, but has no keys to answer with. If the service cannot
   * even start, relays start separate processes, which the unit does not confine (docs/relay.md).
   */
  readonly isStop: boolean;
}

/**
 * Bytes. 23 MiB is the service's own memory; the rest is its program, which the kernel reads again if needed. Measured on
 * Debian 12: with 64 MiB fifty calls at once are all answered; with 24 to 48 also, but the start is slow, and its call is
 * lost. V8 and its snapshot reserve 670 MB of addresses.
 */
const MEMORY = { stop: 24 * 2 ** 20, tight: 96 * 2 ** 20, addresses: 800_000_000 } as const;
/** Threads: the service has six (measured on Debian 13: with five it starts, but answers nothing). */
const TASKS = { stop: 6, tight: 6 } as const;
/** setrlimit(2) counts the user's other processes, too; fifty calls at once started the service with 14 (measured). */
const PROCESSES = { stop: 6, tight: 14 } as const;
/** Descriptors: the service starts with 24, not with 20 (measured). Every accepted connection takes one more. */
const DESCRIPTORS = { stop: 24, tight: 1824 } as const;

/** As in the unit in the packages. */
const FAMILIES = "AF_UNIX AF_INET AF_INET6";

/** Without one of these the service cannot ask. systemd uses these names on every processor. */
const ASKING = ["connect", "socket"];
/** Without one of these the service ends. */
const CALLS = [
  "accept4",
  "epoll_create1",
  "epoll_ctl",
  "epoll_pwait",
  "execve",
  "exit_group",
  "futex",
  "mmap",
  "mprotect",
  "munmap",
  "openat",
  "read",
  "rt_sigaction",
  "sendmsg",
  "write",
  "getsockopt",
  "clone",
];

const BY_PROCESSES = "it cannot run, and each login waits for a one-shot program, four at a time";

export function hindrances({ properties, setBy }: UnitFacts, { addresses, files }: Wanted): Hindrance[] {
  const value = (name: string) => properties.get(name) ?? "";
  const list = (name: string) =>
    value(name)
      .split(" ")
      .filter((word) => word !== "");
  const found: Hindrance[] = [];
  const add = (setting: string, message: string, right: string | undefined, isStop = true) =>
    found.push({ setting, message, right, isStop, file: setBy.get(setting) });

  if (value("PrivateNetwork") === "yes") {
    const joined = list("JoinsNamespaceOf").join(" and ");
    const which = joined === "" ? "a private network without any connection" : `the private network of ${joined}`;
    add("PrivateNetwork", `PrivateNetwork=yes gives it ${which}`, "no");
  }
  const namespace = value("NetworkNamespacePath");
  if (namespace !== "")
    add(
      "NetworkNamespacePath",
      `NetworkNamespacePath=${namespace}: it queries the metadata service in that network, and sshd is in another`,
      "",
      false,
    );
  const families = [...new Set(addresses.map((address) => (address.includes(":") ? "AF_INET6" : "AF_INET")))];
  // AF_UNIX is not included: systemd does not check sockets that it passes (systemd.exec(5)), and the service creates none.
  const shut = families.filter((family) => !isIn(properties.get("RestrictAddressFamilies"), family));
  if (shut.length > 0) {
    const message = `RestrictAddressFamilies blocks ${shut.join(", ")}`;
    add("RestrictAddressFamilies", message, FAMILIES, shut.length === families.length);
  }
  for (const name of ["IPEgressFilterPath", "IPIngressFilterPath", "RestrictNetworkInterfaces"]) {
    const set = value(name);
    if (set !== "" && set !== "~") add(name, `${name}=${set} filters its connections`, "", false);
  }
  const [ends, mute] = [CALLS, ASKING].map((calls) =>
    calls.filter((call) => !isIn(properties.get("SystemCallFilter"), call)),
  ) as [string[], string[]];
  if (ends.length + mute.length > 0) {
    const message = `SystemCallFilter blocks ${some([...mute, ...ends])}`;
    if (ends.length > 0) add("SystemCallFilter", `${message}: ${BY_PROCESSES}`, undefined, false);
    else add("SystemCallFilter", message, undefined);
  }
  limit("MemoryMax", MEMORY, "bytes of memory", "256M");
  limit("MemoryHigh", MEMORY, "bytes of memory", "infinity");
  limit("LimitASSoft", { stop: MEMORY.addresses, tight: MEMORY.addresses }, "bytes of addresses", "infinity");
  limit("TasksMax", TASKS, "threads", "32");
  limit("LimitNPROCSoft", PROCESSES, "threads of its user", "infinity");
  limit("LimitNOFILE", DESCRIPTORS, "descriptors", "2048");

  for (const name of ["RootDirectory", "RootImage"]) {
    if (value(name) !== "") add(name, `${name}=${value(name)}: its files are not those that sshd sees`, "", false);
  }
  for (const name of ["InaccessiblePaths", "TemporaryFileSystem"]) {
    const hidden = files.filter((file) => list(name).some((path) => isBelow(file, path)));
    const [first] = hidden;
    if (first === AGENT_PATH) add(name, `${name} hides ${first}: ${BY_PROCESSES}`, "", false);
    else if (first !== undefined) add(name, `${name} hides ${first}`, "");
  }
  const user = value("User");
  if (properties.has("User") && user !== "eic-agent") {
    const who = user === "" ? "root" : user;
    add("User", `User=${who}: firewalls and file permissions are set for eic-agent`, "eic-agent", false);
  }
  if (value("DynamicUser") === "yes" && user !== "eic-agent")
    add("DynamicUser", "DynamicUser=yes gives it another user at each start", "no", false);
  const program = /\bpath=(\S+)/.exec(value("ExecStart"))?.[1];
  if (value("MemoryDenyWriteExecute") === "yes" && program !== undefined && program !== AGENT_PATH)
    add(
      "ExecStart",
      `ExecStart runs ${program}, which may need what MemoryDenyWriteExecute=yes forbids`,
      undefined,
      false,
    );
  const output = value("StandardOutput");
  if (output === "null") add("StandardOutput", "StandardOutput=null loses every record", "journal", false);
  return found;

  /**
   * Checks a limit: the soft limit, which is in force; for descriptors the hard one, to which Node raises it (setrlimit(2)).
   */
  function limit(name: string, { stop, tight }: { stop: number; tight: number }, unit: string, right: string): void {
    const set = value(name);
    const most = /^\d+$/.test(set) ? Number(set) : Number.POSITIVE_INFINITY;
    if (most >= tight) return;
    const effect = most < stop ? `too few: ${BY_PROCESSES}` : "too few for a crowd of logins";
    const setting = name.replace(/Soft$/, "");
    add(setting, `${setting}=${set}: ${unit}, ${effect}`, right, false);
  }
}

/** Looks up a word in a list of `systemctl show`: of allowed words or, after a `~`, of denied ones. */
function isIn(list: string | undefined, word: string): boolean {
  // An older systemd that does not know the setting does not apply it.
  if (list === undefined) return true;
  const denies = list.startsWith("~");
  // A system call may be followed by the error that it returns, as in `connect:EPERM`.
  const names = list
    .slice(denies ? 1 : 0)
    .split(" ")
    .map((name) => name.replace(/:.*$/, ""));
  return names.includes(word) !== denies;
}

/**
 * Checks whether a listed path contains the file. systemd.exec(5): a path may follow `-` or `+`, and options may follow a
 * `:`.
 */
function isBelow(file: string, listed: string): boolean {
  const folder = listed
    .replace(/^[-+]+/, "")
    .replace(/:.*$/, "")
    .replace(/\/$/, "");
  return folder !== "" && (file === folder || file.startsWith(`${folder}/`));
}

const some = (words: readonly string[]): string =>
  words.length > 3 ? `${words.slice(0, 3).join(", ")} and ${words.length - 3} more` : words.join(" and ");
