# Where SELinux is on and its policy does not know our module, sshd's own domain may neither reach the service nor start the
# program: nobody logs in by a pushed key. A line says so; loading a policy is for whoever runs the host. selinux_hint HOW
SELINUXFS=/sys/fs/selinux

selinux_hint() {
  [ -e "$SELINUXFS/enforce" ] || return 0
  # As security_check_context(3) asks, and as doctor does. The kernel answers EINVAL for a type that it does not know; whoever
  # may not ask gets another answer, and is told nothing.
  refused=$({ env LC_ALL=C printf 'system_u:object_r:eic_agent_exec_t:s0' >"$SELINUXFS/context"; } 2>&1) && return 0
  case $refused in *'Invalid argument'*) ;; *) return 0 ;; esac
  if [ "$(cat "$SELINUXFS/enforce" 2>/dev/null)" = 1 ]; then
    say "SELinux enforces without eic-agent's policy, so pushed keys let nobody in yet; $1"
  else
    say "SELinux is permissive and has no policy for eic-agent: once it enforces, pushed keys let nobody in; $1"
  fi
}
