#!/bin/sh
# What the relay's fixed paths mean to relay and service in the bench: sandbox.ts starts this under unshare, in a mount
# namespace of its own, so that the host's own paths are not touched. It lasts as long as standard input is open.
#
#   sandbox.sh FOLDER [NAME PROGRAM]...
#
# FOLDER/etc becomes /etc, FOLDER/run becomes /run; FOLDER/bin and each PROGRAM by its NAME become /usr/bin.
set -eu
folder=$1
shift
# /tmp may be mounted noexec.
mount -t tmpfs -o mode=755 tmpfs "$folder/programs"
cp -P "$folder"/bin/* "$folder/programs"
while [ $# -gt 0 ]; do
  : >"$folder/programs/$1"
  mount --bind "$2" "$folder/programs/$1"
  shift 2
done
mount --bind "$folder/etc" /etc
mount --bind "$folder/run" /run
# The last, since no program of the system is found after it.
mount --rbind "$folder/programs" /usr/bin
echo ready
read -r _ || :
