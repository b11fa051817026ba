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
  say "eic-agent.socket could not be enabled and started; when that is mended, run" \
    "'systemctl enable --now eic-agent.socket' as root. Until then each login takes a process of its own"
}

# What an upgrade finds: the socket's unit before this version's files came; an empty file where there was none. A note
# that is there already is of an upgrade that was not brought to its end: it stands. note_unit FILE
note_unit() {
  [ ! -e "$1" ] || return 0
  mkdir -p "${1%/*}" && cat "$DPKG_ROOT$UNIT" 2>/dev/null >"$1" || :
}

# A socket that somebody has disabled, masked or stopped stays so. socket_upgraded FILE, as note_unit has left it
socket_upgraded() {
  if [ -e "$1" ] && [ ! -s "$1" ]; then
    socket_first
    return 0
  fi
  systemd_runs || return 0
  reload_units
  # It finishes the calls that it has. Those that come meanwhile wait in the socket, which starts the new one.
  invoke stop eic-agent.service 2>/dev/null ||
    say "could not stop the service of the version before; run 'systemctl stop eic-agent.service' as root"
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
