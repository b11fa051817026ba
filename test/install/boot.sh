#!/bin/sh
# The first process of one Debian system of the install tests; tree.ts starts it under unshare, with mounts, processes
# and network of its own. It lays a writable layer over a base tree, which stays as it is. Each time it reads the line
# "boot", it boots the result; at "contain" it runs it as a container, whose only process sleeps. It ends, and with it
# everything here, when its standard input is closed.
#
#   boot.sh BASE PLACE NAME KIT       the tree becomes PLACE/root; KIT is seen in it as /opt/kit
set -eu
base=$1 place=$2 name=$3 kit=$4

# nspawn makes cgroups named "payload" and "supervisor" where it is started: two systems must not share them. At the
# top, because --keep-unit refuses to work in a cgroup of somebody's session.
for at in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
  [ -f "$at/cgroup.procs" ] || continue
  mkdir "$at/$name"
  echo $$ >"$at/$name/cgroup.procs"
done

# nspawn keeps something in /run/systemd/nspawn: not in this system's.
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs "$place"
mkdir "$place/layer" "$place/work" "$place/root"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$place/layer,workdir=$place/work" "$place/root"

# All capabilities, and bpf, for what a unit's sandbox takes (IPAddressDeny=); but the kernel's modules are not the
# tree's to load. The network is one with nothing in it but a loopback device: 169.254.169.254 can only be the test's own.
start() {
  status=0
  SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --directory="$place/root" --machine="$name" \
    --register=no --keep-unit --private-network --system-call-filter=bpf --capability=all \
    --drop-capability=CAP_SYS_MODULE --resolv-conf=off --timezone=off --link-journal=no --console=pipe \
    --bind-ro="$kit:/opt/kit" "$@" </dev/null || status=$?
  echo "down $status"
}

mkdir -p "$place/root/opt/kit"
echo ready
while read -r word; do
  case $word in
    boot) start --boot & ;;
    contain) start sleep infinity & ;;
  esac
done
