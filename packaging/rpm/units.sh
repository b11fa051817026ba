# As the macros of these systems do it, which are not available where this is built. A preset of the site overrides ours,
# and a disabled unit is not started. Without systemctl, systemd applies the presets when it is installed.
enable_socket() {
  command -v systemctl >/dev/null 2>&1 || return 0
  systemctl --no-reload preset eic-agent.socket </dev/null >/dev/null
}

invoke() {
  if [ "$1" = start ] && ! systemctl --quiet is-enabled "$2" </dev/null; then return 0; fi
  systemctl "$@" </dev/null >/dev/null
}
