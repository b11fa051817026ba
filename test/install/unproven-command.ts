/**
 * An AuthorizedKeysCommand that does the same as AWS's and proves nothing: it prints the keys that the metadata service has
 * for the user. Written for these tests, for bash alone.
 */
import type { Machine } from "./machine.ts";

export const UNPROVEN = { program: "/usr/local/libexec/unproven-keys", user: "unproven" } as const;
export const UNPROVEN_DROP_IN = "/etc/ssh/sshd_config.d/50-unproven.conf";

const PROGRAM = `#!/bin/bash
# USER: two requests to the metadata service, a token and the document.
ask() { # ask METHOD PATH HEADER: prints the body of a reply with status 200
  exec 3<>/dev/tcp/169.254.169.254/80 || return
  printf '%s %s HTTP/1.0\\r\\nHost: 169.254.169.254\\r\\n%s\\r\\n\\r\\n' "$1" "$2" "$3" >&3
  reply=$(cat <&3)
  case $reply in HTTP/1.?' 200 '*) printf %s "\${reply#*$'\\r\\n\\r\\n'}" ;; esac
  exec 3>&-
}
token=$(ask PUT /latest/api/token 'X-aws-ec2-metadata-token-ttl-seconds: 60')
ask GET "/latest/meta-data/managed-ssh-keys/active-keys/$1" "X-aws-ec2-metadata-token: $token" |
  grep -oE '^ssh-ed25519 [A-Za-z0-9+/=]+'
exit 0
`;

/** Installs it with its user, and configures sshd to call it when it reads its files the next time. */
export async function layUnproven({ tree, sh }: Machine): Promise<void> {
  tree.write(UNPROVEN.program, PROGRAM, 0o755);
  tree.write(
    UNPROVEN_DROP_IN,
    `AuthorizedKeysCommand ${UNPROVEN.program} %u\nAuthorizedKeysCommandUser ${UNPROVEN.user}\n`,
  );
  await sh(`useradd --system --no-create-home --shell /usr/sbin/nologin ${UNPROVEN.user}`);
}
