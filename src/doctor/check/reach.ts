/** The addresses and files that the settings name and that the service's systemd unit blocks. Pure. */
import { plural } from "../../cli/text.ts";
import { present } from "../../present.ts";
import { describeCheck, type Finding } from "../finding.ts";
import type { Hindrance } from "./sandbox.ts";

export type ReachFacts =
  | { readonly kind: "not-asked" | "no-unit" | "no-settings" | "other-settings" }
  | { readonly kind: "unknown"; readonly message: string }
  /** systemd cannot load the service's unit. */
  | { readonly kind: "broken"; readonly state: string; readonly files: readonly string[] }
  | {
      readonly kind: "known";
      /** Of the metadata service, from the settings. */
      readonly addresses: readonly string[];
      /** Those that the unit denies. */
      readonly denied: readonly string[];
      /** Files that the settings name and that the unit hides. */
      readonly hidden: readonly string[];
      /** Other settings of the unit that hinder the service. */
      readonly hindrances: readonly Hindrance[];
      /** Whether the unit's files have changed since systemd read them. */
      readonly isStale: boolean;
    };

const WHY_NOT = {
  "not-asked": "sshd's command does not ask the service",
  "no-unit": "no systemd unit confines a service here",
  "no-settings": "unknown while the settings cannot be read",
  "other-settings": "the service uses the settings of /etc/eic-agent/config.toml, not these",
} as const;

const FOLDER = "/etc/systemd/system/eic-agent.service.d";

export function judgeReach(facts: ReachFacts): Finding {
  const { ok, warning, failed, notApplicable } = describeCheck("service-sandbox");
  if (facts.kind === "unknown") return notApplicable(`systemd does not report: ${facts.message}`);
  if (facts.kind === "broken") {
    return warning(
      `systemd cannot load its unit (${facts.state}; ${facts.files.join(", ")}), and each login waits for a one-shot program`,
      "systemd-analyze verify eic-agent.service shows which line; correct it, then systemctl daemon-reload && systemctl restart eic-agent.socket",
    );
  }
  if (facts.kind !== "known") return notApplicable(WHY_NOT[facts.kind]);
  const { addresses, denied, hidden, hindrances, isStale } = facts;
  const [file] = hidden;
  if (file !== undefined) {
    return failed(
      `${file}, which the settings name, is hidden from the service by its unit`,
      "put it below /etc/eic-agent",
      { file },
    );
  }
  if (hindrances.length > 0) return hinderedFinding(hindrances);
  if (denied.length === 0 && isStale) {
    return warning(
      "the files of its unit have changed since systemd read them, and are not in force",
      "systemctl daemon-reload && systemctl stop eic-agent.service",
    );
  }
  if (denied.length === 0) return ok(`its unit lets it reach ${addresses.join(" and ")}`);
  const list = denied.join(" and ");
  const hint =
    `mkdir -p ${FOLDER} && printf '[Service]\\nIPAddressAllow=${denied.join(" ")}\\n' >${FOLDER}/endpoint.conf && ` +
    "systemctl daemon-reload && systemctl stop eic-agent.service";
  return denied.length < addresses.length
    ? warning(`its unit does not let it reach ${list}`, hint, { address: denied[0] ?? "" })
    : failed(`its unit does not let it reach ${list}, which is the address in the settings`, hint, {
        address: denied[0] ?? "",
      });
}

/**
 * Reports every setting that hinders the service, those that stop logins first. The suggested drop-in changes no other unit.
 */
function hinderedFinding(hindrances: readonly Hindrance[]): Finding {
  const { warning, failed } = describeCheck("service-sandbox");
  const sorted = hindrances.toSorted((a, b) => Number(b.isStop) - Number(a.isStop));
  const told = sorted.map(({ message, file }) => (file === undefined ? message : `${message} (${file})`));
  const shown = told.slice(0, 3).join("; ");
  const message = told.length > 3 ? `${shown}; and ${plural(told.length - 3, "more such setting")}` : shown;
  const lines = sorted
    .filter(({ right }) => right !== undefined)
    .map(({ setting, right }) => linesFor(setting, right ?? ""));
  const write = `mkdir -p ${FOLDER} && printf '[Service]\\n${lines.join("")}' >${FOLDER}/${nameAfter(sorted)} && systemctl daemon-reload && systemctl stop eic-agent.service`;
  const byHand = sorted
    .filter(({ right }) => right === undefined)
    .map(({ setting, file }) => `remove ${setting} from ${file ?? "its unit"}`);
  const hint = [...byHand, ...(lines.length === 0 ? [] : [write])].join("; ");
  const [{ setting, file } = { setting: "", file: undefined }] = sorted;
  const facts = present({ setting, file });
  return sorted.some(({ isStop }) => isStop) ? failed(message, hint, facts) : warning(message, hint, facts);
}

const OURS = "zz-eic-agent.conf";

/**
 * Names the drop-in. systemd.unit(5): drop-ins of all folders are read in order of their names; this drop-in must be last.
 */
function nameAfter(hindrances: readonly Hindrance[]): string {
  const names = hindrances.flatMap(({ file }) =>
    file?.endsWith(".conf") === true ? [file.slice(file.lastIndexOf("/") + 1)] : [],
  );
  const last = names.toSorted().at(-1) ?? "";
  return last < OURS ? OURS : `${last.replace(/\.conf$/, "")}.${OURS}`;
}

/** Formats an assignment. A list is emptied first, because further assignments add to it (systemd.exec(5)). */
const linesFor = (setting: string, right: string): string =>
  setting === "RestrictAddressFamilies" ? `${setting}=\\n${setting}=${right}\\n` : `${setting}=${right}\\n`;
