# The program does everything about sshd: it checks first, reports refusals, and reverts a change that does not work.
# No result of it may fail the installation of a package. sshd_command HINT WORD...; the hint is for when it cannot run.
sshd_command() {
  hint=$1
  shift
  status=0
  /usr/bin/eic-agent sshd "$@" </dev/null || status=$?
  case $status in
    0) ;;
    # It has printed the reason and the next step; in a log of many packages the one command helps, too.
    1) [ "$1" != enable ] || say "sshd does not ask eic-agent yet, for the reason above; $hint" ;;
    *) say "'eic-agent sshd $*' ended with status $status; $hint" ;;
  esac
}

sshd_enable() {
  sshd_command "when that is corrected, run 'eic-agent sshd enable' as root" enable "$@"
}

sshd_disable() {
  sshd_command 'remove /etc/ssh/sshd_config.d/60-eic-agent.conf by hand, then reload sshd' disable
}
