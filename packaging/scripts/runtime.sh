# /run/eic-agent as tmpfiles.d makes it at each boot; now, because sshd may ask before the next one. Without its slots the
# relay starts no one-shot program. An existing slot is kept: a process may hold its lock.
make_runtime() {
  if command -v systemd-tmpfiles >/dev/null 2>&1 && systemd-tmpfiles --create eic-agent.conf </dev/null; then return 0; fi
  if make_runtime_by_hand; then return 0; fi
  say "could not create /run/eic-agent/slots, so logins depend on eic-agent.socket alone;" \
    "when that is corrected, run 'systemd-tmpfiles --create eic-agent.conf' as root"
}

# Without systemd-tmpfiles, as in a container's image.
make_runtime_by_hand() (
  umask 077
  mkdir -p /run/eic-agent/slots || return 1
  chown root:root /run/eic-agent && chmod 0755 /run/eic-agent || return 1
  for slot in 0 1 2 3; do
    : >>"/run/eic-agent/slots/$slot" || return 1
    chown root:eic-agent "/run/eic-agent/slots/$slot" && chmod 0640 "/run/eic-agent/slots/$slot" || return 1
  done
  chown root:eic-agent /run/eic-agent/slots && chmod 0750 /run/eic-agent/slots
)
