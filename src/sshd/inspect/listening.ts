/** The ports on which a process listens, according to the kernel, and whether sshd's configured addresses exist. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";

/** Returns `127.0.0.1:22`, `[::]:22`; undefined if that cannot be seen: no /proc, or no permission. */
export function listeningOf(pid: number): readonly string[] | undefined {
  try {
    const sockets = new Set(
      readdirSync(`/proc/${pid}/fd`).flatMap(
        (fd) => /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
      ),
    );
    const rows = ["tcp", "tcp6"].flatMap((kind) => tableOf(`/proc/${pid}/net/${kind}`));
    return rows.flatMap(({ inode, local }) => (sockets.has(inode) ? [local] : [])).toSorted();
  } catch {
    return undefined;
  }
}

/**
 * Checks whether a socket unit made the sockets. sshd itself listens on `[::]` for IPv6 only and on `0.0.0.0` in addition;
 * systemd's `ListenStream=22` listens on `[::]` for both (sshd's listen_on_addrs(), systemd.socket(5)).
 * @param values of `listenaddress` in `sshd -T`
 */
export const areHanded = (listens: readonly string[] | undefined, values: readonly string[]): boolean =>
  values.some((value) => {
    const [, port] = /^0\.0\.0\.0:(\d+)$/.exec(value) ?? [];
    return port !== undefined && listens?.includes(`[::]:${port}`) === true && !listens.includes(value);
  });

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** TCP_LISTEN in proc_net_tcp(5). */
const LISTENS = "0A";

function tableOf(path: string): { inode: string; local: string }[] {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch {
    // A kernel without IPv6.
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    return state === LISTENS ? [{ inode, local: spelled(local) }] : [];
  });
}

/** Decodes hexadecimal, each 32 bits in host byte order, which is little-endian wherever Node runs on Linux today. */
function spelled(local: string): string {
  const [address = "", port = ""] = local.split(":");
  const bytes = [...address.matchAll(/.{8}/g)].flatMap(([word]) =>
    [...word.matchAll(/../g)].map(([byte]) => byte).toReversed(),
  );
  const number = Number.parseInt(port, 16);
  if (bytes.length === 4) return `${bytes.map((byte) => Number.parseInt(byte, 16)).join(".")}:${number}`;
  const groups = bytes.flatMap((byte, at) => (at % 2 === 0 ? [`${byte}${bytes[at + 1]}`.replace(/^0+(?=.)/, "")] : []));
  const whole = groups.join(":");
  return `[${whole === "0:0:0:0:0:0:0:0" ? "::" : whole}]:${number}`;
}

/**
 * Returns the addresses in sshd's configuration that this machine does not have. `sshd -t` accepts them, but sshd fails to
 * start. The kernel is asked by binding another port on each address.
 * @param values of `listenaddress` in `sshd -T`: `0.0.0.0:22`, `[::]:22`
 */
export async function absentAddresses(values: readonly string[]): Promise<string[]> {
  const addresses = [...new Set(values.map(addressOf))];
  const absent = await Promise.all(addresses.map(async (address) => ((await isHere(address)) ? [] : [address])));
  return absent.flat();
}

/** Returns the address in `127.0.0.1:22` or `[::]:22`. */
export const addressOf = (value: string): string =>
  value
    .replace(/ .*$/, "")
    .replace(/:\d+$/, "")
    .replace(/^\[(.*)\]$/, "$1");

function isHere(address: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  // Only this code means that the machine does not have the address. With IPv6 turned off, sshd works without `::`.
  server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRNOTAVAIL" || address === "::"));
  server.listen({ host: address, port: 0, ipv6Only: address.includes(":") }, () => {
    server.close(() => resolve(true));
  });
  return promise;
}
