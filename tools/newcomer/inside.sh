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
# Moved onto "/", as when a machine starts: the smallest tree has no umount to put the old root away with.
cd "$root"
mount --move . /
if [ "$user" = root ]; then home=/root as=; else home=/home/$user as="setpriv --reuid=$user --regid=$user --clear-groups"; fi
export HOME="$home"
# shellcheck disable=SC2016,SC2086
exec chroot . sh -c 'cd "$HOME/eic-agent" && exec $1 sh -c "$2"' sh "$as" "$line"
