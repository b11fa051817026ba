# If SELinux is on and its policy does not have our module, sshd's own domain may neither reach the service nor start the
# program: no login with a pushed key works. This prints a line; the administrator loads the policy. selinux_hint HOW
SELINUXFS=/sys/fs/selinux

selinux_hint() {
  [ -e "$SELINUXFS/enforce" ] || return 0
  # As security_check_context(3) asks, and as doctor does. The kernel answers EINVAL for an unknown type, and another error
  # to a user without permission to ask, for whom nothing is printed.
  refused=$({ env LC_ALL=C printf 'system_u:object_r:eic_agent_exec_t:s0' >"$SELINUXFS/context"; } 2>&1) && return 0
  case $refused in *'Invalid argument'*) ;; *) return 0 ;; esac
  if [ "$(cat "$SELINUXFS/enforce" 2>/dev/null)" = 1 ]; then
    say "SELinux enforces without eic-agent's policy, so logins with pushed keys do not work yet; $1"
  else
    say "SELinux is permissive and has no policy for eic-agent: once it enforces, logins with pushed keys do not work; $1"
  fi
}
