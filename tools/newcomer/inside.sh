#!/bin/sh
# Makes the folder $1 the root of a system of its own and runs a shell line in it as $2, "root" or "newcomer", with the
# environment that this has; newcomer.ts starts it under unshare. Not by chroot: inside of one, no ordinary user may open
# a user namespace, and the tests do. The network is this system's: npm and apt need it.
#
#   inside.sh ROOT USER LINE
set -eu
root=$1 user=$2 line=$3

mount --bind "$root" "$root"
sh "${0%/*}/../../test/support/own-dev.sh" "$root/dev"
mount -t proc proc "$root/proc"
# The devices and cgroups that this system has, as in a container: to be read.
mount --rbind /sys "$root/sys"
mount -o remount,bind,ro "$root/sys"
cd "$root"
mkdir -p .before
pivot_root . .before
cd /
umount -l /.before
rmdir /.before

if [ "$user" = root ]; then
  cd /root/eic-agent
  HOME=/root exec sh -c "$line"
fi
cd "/home/$user/eic-agent"
HOME=/home/$user exec setpriv --reuid="$user" --regid="$user" --clear-groups sh -c "$line"
