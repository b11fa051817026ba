/**
 * A shell function `mount_here`, for scripts in a mount namespace: mount(8) in the caller's SELinux domain. Run by a unit, by
 * cron or by cloud-init, it would enter mount_t, which may mount over neither /etc nor the files of this program.
 *
 * runcon(1) with the caller's own context keeps the domain, and needs no more than the right to run the program. Where that
 * is refused, mount is run as usual; /sys/fs/selinux exists only if SELinux is on.
 */
export const MOUNT_HERE = `
mount_here() {
  if [ -e /sys/fs/selinux/enforce ]; then
    runcon "$(tr -d '\\000' </proc/$$/attr/current)" mount "$@" 2>/dev/null && return
  fi
  mount "$@"
}`;
