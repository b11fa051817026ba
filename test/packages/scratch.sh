#!/bin/sh
# A root folder of its own, over this machine's /usr, in namespaces of its own: what is installed in there, and what its
# scripts do, stays there and is gone when this ends. Runs: sh scratch.sh FOLDER; FOLDER is seen as /given, and
# /given/script is run as root in the new root.
set -eu
given=$1
mount -t tmpfs -o mode=0755 tmpfs /mnt
cd /mnt
mkdir root upper work
cd root
mkdir -p usr etc dev proc run tmp given root var/lib/dpkg/info var/lib/dpkg/updates var/lib/dpkg/triggers var/log
chmod 1777 tmp
mount -t overlay -o lowerdir=/usr,upperdir=/mnt/upper,workdir=/mnt/work overlay usr
# What the machine itself has installed of ours is not there.
rm -rf usr/bin/eic-agent usr/bin/eic-simulator usr/libexec/eic-agent
for folder in sysusers.d tmpfiles.d systemd/system systemd/system-preset; do rm -f usr/lib/$folder/*eic-agent*; done
for name in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$name" ]; then cp -P "/$name" "$name"
  elif [ -d "/$name" ]; then mkdir "$name" && mount --bind "/$name" "$name"; fi
done
touch dev/null && mount --bind /dev/null dev/null
mount -t proc proc proc
mount --bind "$given" given
: >var/lib/dpkg/status
cp /etc/login.defs etc/ 2>/dev/null || :
printf 'root:x:0:0:root:/root:/bin/sh\n' >etc/passwd
printf 'root:x:0:\n' >etc/group
printf 'root:*:19000:0:99999:7:::\n' >etc/shadow
printf 'root:*::\n' >etc/gshadow
exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive sh -eu /given/script
