/** What systemd's unit keeps the service from, and its settings want it to reach. Pure. */
import { about, type Finding } from "./finding.ts";

export type ReachFacts =
  | { readonly kind: "not-asked" | "no-unit" | "no-settings" | "other-settings" }
  | {
      readonly kind: "known";
      /** Of the metadata service, by the settings. */
      readonly addresses: readonly string[];
      /** Those that the unit denies. */
      readonly denied: readonly string[];
      /** Files that the settings name, where the unit shows nothing. */
      readonly hidden: readonly string[];
    };

const WHY_NOT = {
  "not-asked": "sshd's command does not ask the service",
  "no-unit": "no unit of systemd confines a service here",
  "no-settings": "where to is not known while the settings cannot be read",
  "other-settings": "the service has the settings of /etc/eic-agent/config.toml, not these",
} as const;

const FOLDER = "/etc/systemd/system/eic-agent.service.d";

export function judgeReach(facts: ReachFacts): Finding {
  const { ok, warning, failed, notApplicable } = about("service-reach");
  if (facts.kind !== "known") return notApplicable(WHY_NOT[facts.kind]);
  const { addresses, denied, hidden } = facts;
  const [file] = hidden;
  if (file !== undefined) {
    return failed(
      `${file}, which the settings name, is not to be seen by the service: its unit hides that folder`,
      "put it below /etc/eic-agent",
      { file },
    );
  }
  if (denied.length === 0) return ok(`its unit lets it reach ${addresses.join(" and ")}`);
  const list = denied.join(" and ");
  const hint =
    `mkdir -p ${FOLDER} && printf '[Service]\\nIPAddressAllow=${denied.join(" ")}\\n' >${FOLDER}/endpoint.conf && ` +
    "systemctl daemon-reload && systemctl stop eic-agent.service";
  return denied.length < addresses.length
    ? warning(`its unit does not let it reach ${list}`, hint, { address: denied[0] ?? "" })
    : failed(`its unit does not let it reach ${list}, where the settings have it ask`, hint, {
        address: denied[0] ?? "",
      });
}
