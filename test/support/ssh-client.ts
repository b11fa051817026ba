/** Options of the ssh client with which it uses the given key alone, asks nothing, and keeps nothing about the host. */
export const SSH_OPTIONS = [
  ...["-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"],
  ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"],
] as const;
