# Debian's tools: they remember what an administrator has disabled, and policy-rc.d may forbid starts.
enable_socket() {
  if deb-systemd-helper --quiet was-enabled eic-agent.socket </dev/null; then
    deb-systemd-helper enable eic-agent.socket </dev/null >/dev/null
  else
    deb-systemd-helper update-state eic-agent.socket </dev/null >/dev/null
  fi
}

invoke() {
  deb-systemd-invoke "$@" </dev/null >/dev/null
}
