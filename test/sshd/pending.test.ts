/** Changes by others since sshd read its files, by file times alone; and parsing of the kernel's addresses. */
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { absentAddresses, addressOf, areHanded, listeningOf } from "../../src/sshd/inspect/listening.ts";
import type { SshdProcess } from "../../src/sshd/inspect/sshd-process.ts";
import { othersPending } from "../../src/sshd/wiring/pending.ts";

const MAIN = "/etc/ssh/sshd_config";
const FOLDER = "/etc/ssh/sshd_config.d";
const OURS = `${FOLDER}/60-eic-agent.conf`;
const READ = 1_000_000;
const walk = { files: [], includes: [] };
const service = (readAt: Date | undefined): SshdProcess => ({
  ...{ kind: "service", unit: "ssh.service", socket: undefined, keepsConnections: true, needsDaemonReload: false },
  process: { pid: 1, line: "", readAt },
});
type Times = Record<string, number>;
const times = (files: Times, folders: Times) => ({
  files: Object.entries(files).map(([path, at]) => ({ path, at })),
  folders: Object.entries(folders).map(([path, at]) => ({ path, at })),
});

test.each([
  { title: "nothing", files: { [MAIN]: READ - 1 }, folders: { [FOLDER]: READ - 1 }, pending: undefined },
  { title: "the main file", files: { [MAIN]: READ + 1 }, folders: {}, pending: [MAIN] },
  { title: "only eic-agent's", files: { [OURS]: READ + 9 }, folders: { [FOLDER]: READ + 9 }, pending: undefined },
  {
    title: "a new drop-in, once",
    files: { [`${FOLDER}/x.conf`]: READ + 9 },
    folders: { [FOLDER]: READ + 9 },
    pending: [`${FOLDER}/x.conf`],
  },
  { title: "a removed one", files: { [MAIN]: READ - 9 }, folders: { [FOLDER]: READ + 9 }, pending: [FOLDER] },
  {
    title: "one that was removed long after eic-agent's was written",
    files: { [OURS]: READ + 9 },
    folders: { [FOLDER]: READ + 9000 },
    pending: [FOLDER],
  },
])("$title", ({ files, folders, pending }) => {
  const given = times(files as Times, folders as Times);
  expect(othersPending(service(new Date(READ)), walk, given)?.paths).toEqual(pending);
  expect(othersPending(service(undefined), walk, given)).toBeUndefined();
});

test.each([
  ["0.0.0.0:22", "0.0.0.0"],
  ["[::]:22", "::"],
  ["[2001:db8::1]:2222 rdomain x", "2001:db8::1"],
])("the address of %s is %s", (value, address) => {
  expect(addressOf(value)).toBe(address);
});

test("an address that is not this machine's is absent", async () => {
  expect(await absentAddresses(["127.0.0.1:22", "198.51.100.1:22", "0.0.0.0:22"])).toEqual(["198.51.100.1"]);
});

test("the addresses of a process are found as they were configured", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  expect(listeningOf(process.pid)).toContain(`127.0.0.1:${port}`);
  await new Promise((resolve) => server.close(resolve));
  expect(listeningOf(process.pid)).not.toContain(`127.0.0.1:${port}`);
});

test.each([
  { title: "its own", listens: ["0.0.0.0:22", "[::]:22"], handed: false },
  { title: "of ListenStream=22", listens: ["[::]:22"], handed: true },
  { title: "for IPv4 alone, where a kernel has no IPv6", listens: ["0.0.0.0:22"], handed: false },
  {
    title: "its own on another port, which it has not read yet",
    listens: ["0.0.0.0:2222", "[::]:2222"],
    handed: false,
  },
  { title: "that are not visible", listens: undefined, handed: false },
])("a socket unit's sockets are distinguished from sshd's: $title", ({ listens, handed }) => {
  expect(areHanded(listens, ["0.0.0.0:22", "[::]:22"])).toBe(handed);
});

test("an sshd for IPv6 only listens like a socket unit, but is not one", () => {
  expect(areHanded(["[::]:22"], ["[::]:22"])).toBe(false);
  expect(areHanded(["[2001:db8::1]:22"], ["[2001:db8::1]:22"])).toBe(false);
});
