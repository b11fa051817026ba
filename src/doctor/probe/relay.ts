/**
 * Examines the program at the path where packages install sshd's command: whether it is the relay. Reads it, never starts
 * it.
 */
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { RELAY_PATH, SOCKET_PATH } from "../../host/installed-paths.ts";
import type { RelayLook } from "../check/relay.ts";

/** Bytes; the relay has less than one million. */
const MOST = 4 * 1024 * 1024;

/** elf(5). */
const MAGIC = Buffer.from("\x7fELF\x02\x01", "latin1");
const PT_INTERP = 3;
/** e_machine, mapped to Node's names for processors. */
const MACHINES: Readonly<Record<number, string>> = { 62: "x64", 183: "arm64" };

/**
 * Examines the relay's file.
 * @returns undefined if it is missing or not readable, which another check reports
 */
export function lookAtRelay(path = RELAY_PATH): RelayLook | undefined {
  try {
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) return { kind: "link", to: readlinkSync(path) };
    if (!stats.isFile() || stats.size > MOST) return { kind: "other" };
    return programIn(readFileSync(path), stats.mode & 0o7777);
  } catch {
    return undefined;
  }
}

function programIn(bytes: Buffer, mode: number): RelayLook {
  if (bytes.length < 64 || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return { kind: "other" };
  const machine = bytes.readUInt16LE(18);
  return {
    kind: "program",
    cpu: MACHINES[machine] ?? `processor ${machine}`,
    isStatic: !segmentTypes(bytes).includes(PT_INTERP),
    usesService: bytes.includes(SOCKET_PATH),
    mode,
  };
}

/** Returns the segment types of a 64-bit, little-endian program. Entries beyond the end of the file are ignored. */
function segmentTypes(bytes: Buffer): number[] {
  const table = Number(bytes.readBigUInt64LE(32));
  const size = bytes.readUInt16LE(54);
  const places = Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => table + index * size);
  return places.filter((at) => at + 4 <= bytes.length).map((at) => bytes.readUInt32LE(at));
}
