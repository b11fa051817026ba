/** A systemctl that prints the same about our units as systemd's own, in a namespace without systemd. */
import { mkdirSync, rmSync } from "node:fs";
import type { Namespace } from "../support/namespace.ts";
import type { Host } from "./healthy-host.ts";

type Properties = Readonly<Record<string, string>>;

/** Output of `systemctl show` of systemd 252 on a healthy host, with no call for five minutes. */
const SOCKET: Properties = {
  ...{ Result: "success", Id: "eic-agent.socket", LoadState: "loaded", ActiveState: "active" },
  ...{ UnitFileState: "enabled", NeedDaemonReload: "no" },
};
const SERVICE: Properties = {
  ...{ MainPID: "0", Result: "success", IPAddressAllow: "169.254.169.254/32 fd00:ec2::254/128" },
  ...{ IPAddressDeny: "0.0.0.0/0 ::/0", PrivateTmp: "yes", ProtectHome: "yes", Id: "eic-agent.service" },
  ...{ LoadState: "loaded", ActiveState: "inactive", UnitFileState: "static", NeedDaemonReload: "no" },
};

const UNITS = "/run/units-of-the-test";
const SYSTEMCTL = `#!/bin/sh
[ "$1" = show ] || exit 1
shift 2
for unit; do
  if [ -e "${UNITS}/$unit" ]; then cat "${UNITS}/$unit"; else printf 'Id=%s\\nActiveState=inactive\\n' "$unit"; fi
  echo
done
`;

/** Sets up our units, with these properties instead of the healthy ones. */
export async function systemd(
  namespace: Namespace,
  { socket = {}, service = {} }: { socket?: Properties; service?: Properties } = {},
): Promise<void> {
  const write = (unit: string, properties: Properties) =>
    namespace.write(
      `${UNITS}/${unit}`,
      Object.entries(properties)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    );
  write("eic-agent.socket", { ...SOCKET, ...socket });
  write("eic-agent.service", { ...SERVICE, ...service });
  namespace.write("/etc/systemctl-of-the-test", SYSTEMCTL, 0o755);
  // /usr/bin is the namespace's own folder.
  await namespace.mustRun(["sh", "-c", "rm -f /usr/bin/systemctl; cp /etc/systemctl-of-the-test /usr/bin/systemctl"]);
  mkdirSync(namespace.outside("/run/systemd/system"), { recursive: true });
}

export async function withoutSystemd({ namespace }: Host): Promise<void> {
  rmSync(namespace.outside("/run/systemd/system"), { recursive: true });
  await namespace.mustRun(["rm", "/usr/bin/systemctl"]);
}
