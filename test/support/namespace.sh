#!/bin/sh
# The first process of a private corner of this machine; namespace.ts starts it under unshare. Its `/` is the folder
# $1, with this system's programs in it and nothing else of this system: no /etc, no /sys, no log, no accounts, no network
# but its own loopback. It ends, and everything in it, when its standard input is closed.
#
#   namespace.sh ROOT NODE DIST EXECUTABLE WARM ADDRESS...
#
# EXECUTABLE: the program under test instead of the bundles in DIST; empty for these. WARM: a folder with the relay and
# with what plays systemd (warm-programs.ts); empty where sshd is to start the agent itself. Addresses: what its
# loopback device has beside 127.0.0.1 and ::1.
set -eu
root=$1 node=$2 dist=$3 executable=$4 warm=$5
shift 5

ip link set lo up
for address; do
  case $address in
    *:*) ip -6 addr add "$address/128" dev lo nodad ;;
    *) ip addr add "$address/32" dev lo ;;
  esac
done

# What is a mount point of its own can be pivoted to.
mount --bind "$root" "$root"
see() {
  mkdir -p "$root$1"
  mount --rbind "$1" "$root$1"
}
for dir in /bin /sbin /lib /lib32 /lib64 /libx32; do
  if [ -L "$dir" ]; then ln -s "$(readlink "$dir")" "$root$dir"; elif [ -d "$dir" ]; then see "$dir"; fi
done
mkdir "$root/dev"
sh "${0%/*}/own-dev.sh" "$root/dev"
# One by one, so that one folder can stand in /usr/libexec that this system does not have.
for path in /usr/* /usr/libexec/*; do
  if [ "$path" = /usr/libexec ] || [ ! -e "$path" ]; then continue; fi
  if [ -n "$warm" ] && [ "$path" = /usr/bin ]; then continue; fi
  if [ -L "$path" ]; then
    mkdir -p "$root${path%/*}"
    ln -s "$(readlink "$path")" "$root$path"
  elif [ -d "$path" ]; then
    see "$path"
  fi
done
mkdir "$root/proc"
mount -t proc proc "$root/proc"

# The programs under test, as a package would lay them. Not in $root itself: /tmp may be mounted noexec.
programs=$root/usr/libexec/eic-agent
mkdir -p "$programs"
mount -t tmpfs -o mode=755 tmpfs "$programs"
for bundle in "$dist"/*.cjs; do
  sed '1s|.*|#!/usr/libexec/eic-agent/node|' "$bundle" >"$programs/${bundle##*/}"
  chmod 755 "$programs/${bundle##*/}"
done
# Over 100 MB, so rather seen than copied; but everyone inside has to be able to run it.
lay() {
  if [ -n "$(find -L "$1" -perm -005)" ]; then
    : >"$programs/$2"
    mount --bind "$1" "$programs/$2"
  else
    cp "$1" "$programs/$2"
    chmod 755 "$programs/$2"
  fi
}
lay "$node" node
if [ -n "$executable" ]; then
  lay "$executable" eic-agent
  ln -s eic-agent "$programs/eic-simulator"
fi
agent=eic-agent
[ -n "$executable" ] || agent=eic-agent.cjs
if [ -n "$warm" ]; then
  cp "$warm"/* "$programs"
  # The relay looks for the one-shot program in /usr/bin, which is this system's: links to all that it has, and that.
  mkdir -p "$root/usr/.bin" "$root/usr/bin"
  mount --rbind /usr/bin "$root/usr/.bin"
  mount -t tmpfs -o mode=755 tmpfs "$root/usr/bin"
  (cd "$root/usr/bin" && ln -s ../.bin/* . && rm -f eic-agent)
  ln -s "../libexec/eic-agent/one-shot" "$root/usr/bin/eic-agent"
  [ "$agent" = eic-agent ] || ln -s "$agent" "$programs/eic-agent"
else
  ln -s "$agent" "$programs/authorized-keys"
  # The path is checked; no test runs it here.
  ln -s "$agent" "$programs/trial"
fi

cd "$root"
mkdir .before
pivot_root . .before
cd /
umount -l /.before
rmdir /.before

echo ready
# Not exec: as the first process it has to take care of orphans, and the shell does.
cat >/dev/null
