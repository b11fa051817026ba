/**
 * A healthy instance in a private namespace: DMI, the simulated service at its real address, settings, sshd's files,
 * accounts, a journal's socket, the relay, its slots, the warm service. A test then breaks one thing. No sshd runs, since
 * the doctor does not need a running sshd. No systemd runs either, unless a test simulates it.
 */
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll } from "vitest";
import { METADATA_V4, type Namespace, openNamespace, PROGRAMS } from "../support/namespace.ts";
import { type HiddenSimulator, simulatorIn } from "../support/namespace-simulator.ts";
import { makeAccounts } from "../support/sshd-accounts.ts";
import { laidPrograms, startWarmService } from "./warm-service.ts";

export const DMI = "/sys/devices/virtual/dmi/id/board_asset_tag";
export const INSTANCE = "i-0abcdef1234567890";
export const SSHD_CONFIG = "/etc/ssh/sshd_config";
export const DROP_IN = "/etc/ssh/sshd_config.d/60-eic-agent.conf";
export const UNIT = "/etc/systemd/system/ssh.service";
export const SETTINGS = "/etc/eic-agent/config.toml";
export const COMMAND_LINES = `AuthorizedKeysCommand ${PROGRAMS}/authorized-keys %u %f\nAuthorizedKeysCommandUser eic-agent\n`;
export const LOGIN_LOG = "/var/log/auth.log";
const SOCKET = "/run/systemd/journal/stdout";

/** An object of `eic-agent doctor --json`; docs/doctor.md describes the format. */
export interface Told {
  readonly check: string;
  readonly status: string;
  readonly message: string;
  readonly hint?: string;
  readonly code?: string;
  readonly needsRoot?: boolean;
}

export interface Examination {
  readonly exit: number | null;
  readonly checks: ReadonlyMap<string, Told>;
}

export interface Host {
  readonly namespace: Namespace;
  readonly simulator: HiddenSimulator;
  /** The settings of the healthy host. */
  readonly settings: string;
  /** Restores everything that `makeRight` wrote. */
  makeRight(): void;
  /** @param before words before the program, such as setpriv and its options */
  examine(words?: readonly string[], before?: readonly string[]): Promise<Examination>;
  close(): Promise<void>;
}

export async function openHost(addresses: readonly string[] = [METADATA_V4]): Promise<Host> {
  const programs = laidPrograms();
  const namespace = await openNamespace(addresses, programs).finally(() => rmSync(programs, { recursive: true }));
  let journal: Server | undefined;
  const close = async () => {
    journal?.close();
    await namespace.close();
  };
  try {
    // Hide what this system's packages say about sshd.
    for (const folder of ["/usr/lib/systemd/system", "/usr/share/ec2-instance-connect"]) {
      if ((await namespace.run(["test", "-d", folder])).status === 0) {
        await namespace.mustRun(["mount", "-t", "tmpfs", "tmpfs", folder]);
      }
    }
    makeAccounts(namespace);
    const listen = addresses.map((address) => (address.includes(":") ? `[${address}]:80` : `${address}:80`));
    const simulator = await simulatorIn(namespace, listen);
    const settings = '[trust]\nanchors = "/run/eic/anchors.pem"\n[audit]\ntarget = "journal"\n';
    const makeRight = () => {
      namespace.write(DMI, `${INSTANCE}\n`);
      namespace.write(SETTINGS, settings);
      namespace.write(SSHD_CONFIG, "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM no\n");
      namespace.write(DROP_IN, COMMAND_LINES);
      namespace.write(UNIT, "[Service]\nExecStart=/usr/sbin/sshd -D\n");
      namespace.write(
        LOGIN_LOG,
        "2026-01-02T03:04:05.000000+00:00 h eic-agent: key-offered-to-sshd user=alice\n" +
          "2026-01-02T03:09:05.000000+00:00 h eic-agent[7]: service-ending why=idle calls=2\n",
        0o640,
      );
    };
    makeRight();
    await namespace.mustRun(["ssh-keygen", "-A"]);
    namespace.write(`${SOCKET}.folder`, "");
    journal = createServer().listen(namespace.outside(SOCKET));
    chmodSync(namespace.outside(SOCKET), 0o666);
    await startWarmService(namespace);
    return { namespace, simulator, settings, makeRight, examine: (...how) => examine(namespace, ...how), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens a host for the tests of a group, and restores it before the next test begins. */
export function healthyHost(): () => Host {
  let host: Host | undefined;
  const opened = () => {
    if (host === undefined) throw new Error("no host yet");
    return host;
  };
  beforeAll(async () => {
    host = await openHost();
  });
  afterEach(async () => {
    opened().makeRight();
    await opened().simulator.tell("clear", {});
  });
  afterAll(() => host?.close());
  return opened;
}

async function examine(
  namespace: Namespace,
  words: readonly string[] = [],
  before: readonly string[] = [],
): Promise<Examination> {
  const { status, stdout, stderr } = await namespace.run([
    ...before,
    `${PROGRAMS}/eic-agent.cjs`,
    "doctor",
    "--json",
    ...words,
  ]);
  if (stderr !== "") throw new Error(stderr);
  const { checks } = JSON.parse(stdout) as { checks: Told[] };
  return { exit: status, checks: new Map(checks.map((told) => [told.check, told])) };
}
