/** Calls of the Debian package's scripts to systemd, as the recorders of the tests write them. */

export const FOLDER = "systemd-tmpfiles --create eic-agent.conf";
export const ENABLED =
  "deb-systemd-helper --quiet was-enabled eic-agent.socket,deb-systemd-helper enable eic-agent.socket";
export const RELOAD = "systemctl --system daemon-reload";
export const START = "deb-systemd-invoke start eic-agent.socket";
export const PROCESS = "systemctl show --property=MainPID eic-agent.service";
export const STOP_SERVICE = "deb-systemd-invoke stop eic-agent.service";
export const RESTART_SOCKET = "deb-systemd-invoke try-restart eic-agent.socket";
const METRICS = "eic-agent-metrics.timer eic-agent-metrics.service eic-agent-metrics-host.service";
export const STOP = [
  "systemctl show --property=Environment eic-agent-metrics.service",
  `deb-systemd-invoke stop ${METRICS}`,
  "deb-systemd-invoke stop eic-agent.socket eic-agent.service",
].join(",");
/** After an aborted removal, if it is enabled. */
export const AGAIN =
  "systemctl --quiet is-enabled eic-agent-metrics.timer,deb-systemd-invoke start eic-agent-metrics.timer";
export const FORGET = "deb-systemd-helper purge eic-agent.socket";

export const FIRST = [FOLDER, ENABLED, RELOAD, START, "sshd enable --replace-aws"].join(",");
export const UPGRADE = [FOLDER, RELOAD, PROCESS, STOP_SERVICE].join(",");
export const SERVED = `${UPGRADE},${PROCESS}`;
export const REMOVE = [
  "sshd status",
  "systemctl --quiet is-active eic-agent.socket",
  "sshd disable",
  STOP,
  FORGET,
  RELOAD,
].join(",");
