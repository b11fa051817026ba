#!/bin/sh
# A root folder for the relay, in a mount namespace of its own; sandbox.ts starts it under unshare. What it needs of this
# system is mounted on ROOT; the rest of ROOT is seen from outside, so that a test's own service can listen there. It
# lasts as long as standard input is open.
#
#   sandbox.sh ROOT RELAY ONE_SHOT EMULATOR TRIAL COMMAND      all but the first two may be empty
set -eu
root=$1 relay=$2 one_shot=$3 emulator=$4 trial=$5 command=$6

# Not in ROOT itself: /tmp may be mounted noexec and nodev.
mount -t tmpfs -o mode=755 tmpfs "$root/usr"
mkdir -p "$root/usr/bin" "$root/usr/libexec/eic-agent"
cp "$relay" "$root/usr/libexec/eic-agent/authorized-keys"
[ -z "$one_shot" ] || cp "$one_shot" "$root/usr/bin/eic-agent"
[ -z "$trial" ] || cp "$trial" "$root/usr/libexec/eic-agent/trial"
[ -z "$command" ] || cp "$command" "$root/usr/bin/command"
[ -z "$emulator" ] || cp "$emulator" "$root/usr/bin/emulator"
find "$root/usr" -type f -exec chmod 755 {} +

sh "${0%/*}/../support/own-dev.sh" "$root/dev"
mount --rbind /proc "$root/proc"
# Only the form with sanitizers has libraries to load.
for dir in lib lib64; do
  if [ -d "/usr/$dir" ]; then
    mkdir "$root/usr/$dir"
    mount --rbind "/usr/$dir" "$root/usr/$dir"
  fi
  if [ -L "/$dir" ]; then
    ln -s "$(readlink "/$dir")" "$root/$dir"
  elif [ -d "/$dir" ]; then
    mkdir "$root/$dir"
    mount --rbind "/$dir" "$root/$dir"
  fi
done

echo ready
cat >/dev/null
