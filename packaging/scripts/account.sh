# The account that sshd runs the program as. Neither way needs a running system, and both may be repeated.
make_account() {
  if command -v systemd-sysusers >/dev/null 2>&1 && systemd-sysusers eic-agent.conf </dev/null; then return 0; fi
  getent group eic-agent >/dev/null || groupadd --system eic-agent || :
  getent passwd eic-agent >/dev/null ||
    useradd --system --gid eic-agent --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin \
      --comment 'EC2 Instance Connect agent' eic-agent ||
    say 'could not create the account eic-agent: without it sshd runs no command'
}
