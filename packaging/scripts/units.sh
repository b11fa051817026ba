# The systemd units: only the socket is enabled and started; it starts the service at the first call. If systemd does not
# run (a chroot, a container, an image that is being built) nothing is started. No result of it may fail the installation
# of a package: without the socket each login starts a one-shot program. How a socket is enabled, and what may prevent a
# start, differs between distributions: enable_socket and invoke.
UNIT=/usr/lib/systemd/system/eic-agent.socket

systemd_runs() {
  [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1
}

# By an administrator, or in the image: nothing is printed, and nothing done.
socket_is_masked() {
  [ "$(readlink "$DPKG_ROOT/etc/systemd/system/eic-agent.socket" 2>/dev/null)" = /dev/null ]
}

reload_units() {
  systemd_runs || return 0
  systemctl --system daemon-reload </dev/null ||
    say "'systemctl daemon-reload' failed; when that is corrected, run 'systemctl restart eic-agent.socket' as root"
}

start_socket() {
  systemd_runs || return 0
  reload_units
  invoke start eic-agent.socket
}

# On the first installation of a version that has units.
socket_first() {
  if socket_is_masked; then return 0; fi
  if enable_socket && start_socket; then return 0; fi
  # Often the socket itself is fine: its service may be masked, or it may be masked for this boot only, in /run.
  say "eic-agent.socket could not be enabled and started; 'eic-agent doctor' as root shows why. When that is corrected, run" \
    "'systemctl enable --now eic-agent.socket' as root. Until then each login starts a one-shot program"
}

# The state before an upgrade: a copy of the socket's old unit, or an empty file if there was none. An existing note is of
# an upgrade that was not completed, and is kept. If the copy fails (a full /var), none is left: half a copy, or an empty
# one, would mean something else. note_unit FILE
note_unit() {
  if [ -e "$1" ] || ! mkdir -p "${1%/*}"; then return 0; fi
  if [ -e "$DPKG_ROOT$UNIT" ]; then
    cat "$DPKG_ROOT$UNIT" >"$1" || rm -f "$1" || :
  else
    note "$1" || :
  fi
}

# An empty file. Not by `:`, a special built-in: a redirection of it that fails ends the script (POSIX, 2.8.1).
note() {
  true >"$1"
}

# "MainPID=0" if it does not run. Not its InvocationID, which a stopped unit keeps.
service_process() {
  systemctl show --property=MainPID eic-agent.service </dev/null 2>/dev/null || :
}

# A successful stop may have stopped nothing: if policy-rc.d forbids it, deb-systemd-invoke does nothing and returns 0.
# While there are calls the service never ends by itself. service_runs_on PROCESS
service_runs_on() {
  case $1 in '' | MainPID=0) return 1 ;; esac
  [ "$(service_process)" = "$1" ]
}

# A socket that was disabled, masked or stopped stays so. socket_upgraded FILE, as written by note_unit
socket_upgraded() {
  if [ -e "$1" ] && [ ! -s "$1" ]; then
    socket_first
    return 0
  fi
  systemd_runs || return 0
  reload_units
  process=$(service_process)
  # The service finishes the calls that it has. New calls wait in the socket, which starts the new version.
  if ! invoke stop eic-agent.service 2>/dev/null; then
    say "could not stop the service of the previous version; run 'systemctl stop eic-agent.service' as root"
  elif service_runs_on "$process"; then
    say "the service of the previous version was not stopped (policy-rc.d may forbid it) and still answers;" \
      "run 'systemctl stop eic-agent.service' as root"
  fi
  # Only then: a new socket drops the connections that wait in the old one (the relay retries, or does without).
  if [ -s "$1" ] && [ "$(cat "$1")" != "$(cat "$UNIT")" ]; then
    invoke try-restart eic-agent.socket ||
      say "could not restart the socket, which has changed; run 'systemctl restart eic-agent.socket' as root"
  fi
}

# Only an administrator enables the timer of the metrics; stopping it stops the other one (PartOf=). A file that stays would be
# reported as the state of this host for ever.
stop_metrics() {
  systemd_runs || return 0
  folder=$(systemctl show --property=Environment eic-agent-metrics.service </dev/null 2>/dev/null |
    sed -n 's/^\(Environment=\|.* \)TEXTFILE_DIRECTORY=\(\/[^ ]*\).*/\2/p')
  invoke stop eic-agent-metrics.timer eic-agent-metrics.service eic-agent-metrics-host.service || return 1
  folder=${folder:-/var/lib/prometheus/node-exporter}
  rm -f "$folder/eic-agent.prom" "$folder/eic-agent-host.prom" "$folder"/.eic-agent.prom.*.new "$folder"/.eic-agent-host.prom.*.new || :
}

stop_units() {
  systemd_runs || return 0
  # A unit that is neither on the disk nor loaded cannot be stopped.
  if ! stop_metrics 2>/dev/null && [ -e "${UNIT%/*}/eic-agent-metrics.timer" ]; then
    say "could not stop eic-agent-metrics.timer; run 'systemctl stop eic-agent-metrics.timer' as root"
  fi
  invoke stop eic-agent.socket eic-agent.service ||
    say "could not stop eic-agent.socket and eic-agent.service; run 'systemctl stop' for them as root"
}
