# Everything about sshd is the program's own business: it looks first, says why not, and takes back what does not work.
# No answer of it may fail the installation of a package. sshd_command HINT WORD...; the hint is for when it cannot run.
sshd_command() {
  hint=$1
  shift
  status=0
  /usr/bin/eic-agent sshd "$@" </dev/null || status=$?
  case $status in
    0) ;;
    # It has said the reason and what to do; whoever reads a log of many packages wants the one command, too.
    1) [ "$1" != enable ] || say "sshd does not ask eic-agent yet, for the reason above; $hint" ;;
    *) say "'eic-agent sshd $*' ended with status $status; $hint" ;;
  esac
}

sshd_enable() {
  sshd_command "when that is mended, run 'eic-agent sshd enable' as root" enable "$@"
}

sshd_disable() {
  sshd_command 'take /etc/ssh/sshd_config.d/60-eic-agent.conf away by hand, then reload sshd' disable
}
