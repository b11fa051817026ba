/** sshd itself: its version, whether its configuration is valid, how it is started, whether drop-ins are read. Pure. */

import { present } from "../../present.ts";
import { agentOf } from "../../sshd/inspect/command-owner.ts";
import { type ConfigScan, commandLineSettings, permissionFlaw, type Setting } from "../../sshd/inspect/config-walk.ts";
import type { Effective } from "../../sshd/inspect/effective.ts";
import { isTrueFor, OPENSSH, versionsOf } from "../../sshd/inspect/openssh-versions.ts";
import { namesUs, ownLinesForSome } from "../../sshd/inspect/own-lines.ts";
import type { SshdProcess } from "../../sshd/inspect/sshd-process.ts";
import type { SshdUnit } from "../../sshd/inspect/unit.ts";
import type { Heard } from "../../sshd/inspect/unwired.ts";
import { describeCheck, type Finding } from "../finding.ts";

export interface SshdFacts {
  /** Undefined if sshd is at none of the usual paths. */
  readonly program: string | undefined;
  /** `OpenSSH_9.2p1`. */
  readonly version: string | undefined;
  readonly unit: SshdUnit | undefined;
  /** `-f` and `-o` of the unit's command line. */
  readonly words: readonly string[];
  /** The main configuration file. */
  readonly main: string;
  readonly walk: ConfigScan;
  /** Drop-ins that no file includes. */
  readonly strays: readonly { readonly path: string; readonly settings: readonly Setting[] }[];
  /** The user for whose connection `effective` is. */
  readonly user: string | undefined;
  readonly effective: Effective;
  readonly running: SshdProcess;
  /** Every listening sshd. */
  readonly heard: Heard;
  /** Whether the running process has read its files since they were changed; undefined if that is not known. */
  readonly upToDate: boolean | undefined;
  /** The command that makes it read them. */
  readonly command: string | undefined;
}

export function judgeSshd(facts: SshdFacts): Finding[] {
  return [sshd(facts), configuration(facts), start(facts), running(facts), include(facts)];
}

function sshd({ program, version }: SshdFacts): Finding {
  const { ok, warning, failed } = describeCheck("sshd");
  if (program === undefined) {
    return failed("there is no sshd in /usr/sbin or another usual place", "install OpenSSH's server");
  }
  const passesWords = isTrueFor(OPENSSH.commandWords, version);
  if (version === undefined || passesWords === undefined) {
    return warning(`${program} does not report its version`, "is it OpenSSH's?", { program });
  }
  const facts = { program, version };
  return passesWords
    ? ok(`${version}, ${program}`, facts)
    : failed(
        `${version} cannot pass user and key to a command`,
        `${versionsOf(OPENSSH.commandWords)} is needed`,
        facts,
      );
}

function configuration({ effective, main, walk, user }: SshdFacts): Finding {
  const { ok, failed, notApplicable, needsRoot } = describeCheck("sshd-config");
  if (effective.kind === "known") {
    const included = walk.files.length - 1;
    const whose = user === undefined ? "" : ` for ${user}`;
    return ok(`sshd -T accepts it${whose}: ${main} and ${included} included`, { file: main, included });
  }
  switch (effective.why) {
    case "no-sshd":
      return notApplicable("no sshd");
    case "needs-root":
      return needsRoot("reading sshd's configuration");
    case "config-invalid":
      return failed(
        `sshd does not accept its configuration: ${effective.message}`,
        "correct the named line: a reload would end sshd",
      );
    case "no-privsep-folder":
      return failed(
        `${effective.message}: sshd does not report even what is in force`,
        `start sshd once, or make the folder as its package does`,
      );
    case "no-host-key":
      return failed(effective.message, "make host keys: ssh-keygen -A");
    case "failed":
      return failed(`sshd -T: ${effective.message}`, "run it by hand: sshd -T");
    default:
      return effective.why satisfies never;
  }
}

function start({ unit, words }: SshdFacts): Finding {
  const { ok, warning, notApplicable } = describeCheck("sshd-start");
  if (unit === undefined) return notApplicable("no systemd unit starts it: options on its command line are not known");
  const place = `${unit.file}:${unit.line}`;
  const set = commandLineSettings(words);
  const command = set.find(({ keyword }) => keyword === "authorizedkeyscommand");
  const facts = { file: unit.file, line: unit.line };
  if (command !== undefined && agentOf(command.value)?.ours !== true) {
    return warning(
      `${place} gives sshd an AuthorizedKeysCommand, which overrides every file`,
      "eic-agent sshd enable --dry-run lists the flags that are possible here, and their changes",
      facts,
    );
  }
  return ok(
    set.length === 0 ? `${place} sets nothing` : `${place} sets ${set.map(({ keyword }) => keyword).join(", ")}`,
    facts,
  );
}

function running({ running: found, upToDate, command }: SshdFacts): Finding {
  const { ok, warning, failed, notApplicable } = describeCheck("sshd-running");
  switch (found.kind) {
    case "idle":
      if (found.down !== undefined)
        return failed(
          `${found.down.unit} is enabled and ${found.down.state}: no login is possible`,
          `sshd -t && systemctl start ${found.down.unit}; journalctl -u ${found.down.unit} shows why it ended`,
          { unit: found.down.unit, state: found.down.state },
        );
      return notApplicable("none runs: it reads the files when it starts");
    case "no-system":
      return notApplicable("none runs: it reads the files when it starts");
    case "per-connection":
      return ok(`one for each connection, by ${found.socket}: each reads the files again`);
    case "unknown":
      return notApplicable(`systemd does not report: ${found.message}`);
    case "service":
    case "process": {
      const { pid, readAt } = found.process;
      const facts = present({ pid, readAt: readAt?.toISOString() });
      if (upToDate === undefined)
        return notApplicable("when it last read its files is not known: there is no pid file");
      return upToDate
        ? ok(`process ${pid} has read its files since they were changed`, facts)
        : warning(
            `process ${pid} has not read its files since they were changed, or has other options than it would be started with: the findings about them do not apply to it`,
            `sshd -t && ${command ?? "reload it"}`,
            facts,
          );
    }
    default:
      return found satisfies never;
  }
}

function include({ main, walk, strays }: SshdFacts): Finding {
  const { ok, warning, failed, needsRoot, notApplicable } = describeCheck("include");
  const closed = permissionFlaw(walk);
  if (closed !== undefined) return needsRoot(`reading ${closed}`);
  const lost = walk.unreadable[0];
  if (walk.files.length === 0) return notApplicable(`${main}: ${lost?.code ?? "not read"}`);
  if (lost !== undefined)
    return failed(
      `${lost.file}, which is included, cannot be read (${lost.code})`,
      "remove the link or repair the file",
    );
  // With a block in the main file, eic-agent's drop-in remains only as a note of it (docs/decisions/0156).
  const inMain = walk.settings.some(namesUs);
  const ours = inMain ? undefined : strays.find(({ settings }) => settings.some(namesUs));
  const line = `write as the first line of ${main}: Include /etc/ssh/sshd_config.d/*.conf`;
  if (ours !== undefined) {
    const edit = ownLinesForSome(ours).length > 0 ? "" : "; or: eic-agent sshd enable --edit-main";
    return failed(`${main} does not include ${ours.path}, which names eic-agent`, line + edit, { file: ours.path });
  }
  const [stray] = strays.filter(({ settings }) => !settings.some(namesUs));
  if (stray !== undefined)
    return warning(`${main} does not include ${stray.path}`, `to use it, ${line}; otherwise remove it`, {
      file: stray.path,
    });
  const [first] = walk.includes.filter(({ match }) => match.length === 0);
  return first === undefined
    ? ok("nothing is included, and there is no drop-in")
    : ok(`${first.pattern}, by ${first.file}:${first.line}`, { file: first.file, line: first.line });
}
