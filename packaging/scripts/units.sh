# systemd's side of it: the socket alone is enabled and started, and starts the service at the first call. Where no systemd
# runs (a chroot, a container, an image that is being built) nothing is started. No answer of it may fail the installation
# of a package: without the socket each login takes a process of its own. How a socket is enabled, and who may have a say
# in what is started, differs between distributions: enable_socket and invoke.
UNIT=/usr/lib/systemd/system/eic-agent.socket

systemd_runs() {
  [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1
}

# By an administrator, or by whoever made the image: nothing is to be said about it, and nothing done.
socket_is_masked() {
  [ "$(readlink "$DPKG_ROOT/etc/systemd/system/eic-agent.socket" 2>/dev/null)" = /dev/null ]
}

reload_units() {
  systemd_runs || return 0
  systemctl --system daemon-reload </dev/null ||
    say "'systemctl daemon-reload' failed; when that is mended, run 'systemctl restart eic-agent.socket' as root"
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
  # Often it is not the socket itself: its service may be masked, or it may be masked for this boot alone, in /run.
  say "eic-agent.socket could not be enabled and started; 'eic-agent doctor' as root says why. When that is mended, run" \
    "'systemctl enable --now eic-agent.socket' as root. Until then each login takes a process of its own"
}

# What an upgrade finds: the socket's unit before this version's files came; an empty file where there was none. A note
# that is there already is of an upgrade that was not brought to its end: it stands. Where a copy fails (a full /var) none
# is left: half of one, or an empty one, would say something else. note_unit FILE
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

# As "MainPID=0" where it does not run. Not its InvocationID, which a unit that was stopped goes on having.
service_process() {
  systemctl show --property=MainPID eic-agent.service </dev/null 2>/dev/null || :
}

# A stop that ended well need not have stopped anything: where policy-rc.d forbids it, deb-systemd-invoke does nothing
# and answers 0. While there are calls the service never ends by itself. service_runs_on PROCESS
service_runs_on() {
  case $1 in '' | MainPID=0) return 1 ;; esac
  [ "$(service_process)" = "$1" ]
}

# A socket that somebody has disabled, masked or stopped stays so. socket_upgraded FILE, as note_unit has left it
socket_upgraded() {
  if [ -e "$1" ] && [ ! -s "$1" ]; then
    socket_first
    return 0
  fi
  systemd_runs || return 0
  reload_units
  process=$(service_process)
  # It finishes the calls that it has. Those that come meanwhile wait in the socket, which starts the new one.
  if ! invoke stop eic-agent.service 2>/dev/null; then
    say "could not stop the service of the version before; run 'systemctl stop eic-agent.service' as root"
  elif service_runs_on "$process"; then
    say "the service of the version before was not stopped (policy-rc.d may forbid it) and goes on answering;" \
      "run 'systemctl stop eic-agent.service' as root"
  fi
  # Only then: a socket that is made anew turns away who waits in it (the relay comes back, or does without).
  if [ -s "$1" ] && [ "$(cat "$1")" != "$(cat "$UNIT")" ]; then
    invoke try-restart eic-agent.socket ||
      say "could not restart the socket, which has changed; run 'systemctl restart eic-agent.socket' as root"
  fi
}

stop_units() {
  systemd_runs || return 0
  invoke stop eic-agent.socket eic-agent.service ||
    say "could not stop eic-agent.socket and eic-agent.service; run 'systemctl stop' for them as root"
}
