# As other packages' policies are installed on these systems, without their macros. $1 is what to do with the module.
# Nothing here may fail a transaction; if SELinux is off, the module is stored for when it is turned on.
targeted() {
  SELINUXTYPE=
  [ -r /etc/selinux/config ] && . /etc/selinux/config
  [ "$SELINUXTYPE" = targeted ]
}
with_module() {
  targeted || return 0
  semodule -n -s targeted -X 200 "$@" >&2 || printf 'eic-agent-selinux: semodule %s failed\n' "$*" >&2 || :
  if selinuxenabled; then load_policy >&2 || :; fi
}
# Relabels the installed files and everything in their folders.
relabel() {
  if targeted && selinuxenabled; then
    restorecon -RF /usr/bin/eic-agent /usr/libexec/eic-agent /etc/eic-agent /run/eic-agent >/dev/null 2>&1 || :
  fi
}
# A socket keeps the label that it was created with, and a process its domain: both are recreated. Meanwhile logins work
# by the one-shot program.
renew_service() {
  if [ -d /run/systemd/system ] && targeted && selinuxenabled; then
    systemctl stop eic-agent.service >/dev/null 2>&1 || :
    systemctl try-restart eic-agent.socket >/dev/null 2>&1 || :
  fi
}
