#!/bin/sh
# A /dev of its own in the folder $1: the devices that every program may expect, terminals and shared memory, and nothing
# else. Not this system's log above all: what a test says of a host without one must not depend on the host it runs on.
set -eu
dev=$1

mount -t tmpfs -o mode=755 tmpfs "$dev"
# A user namespace may make no device, but it may show those that there are.
for name in null zero full random urandom tty; do
  : >"$dev/$name"
  mount --bind "/dev/$name" "$dev/$name"
done
mkdir "$dev/pts" "$dev/shm"
chmod 1777 "$dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$dev/pts"
ln -s pts/ptmx "$dev/ptmx"
ln -s /proc/self/fd "$dev/fd"
ln -s fd/0 "$dev/stdin"
ln -s fd/1 "$dev/stdout"
ln -s fd/2 "$dev/stderr"
