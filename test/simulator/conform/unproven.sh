#!/bin/bash
# An AuthorizedKeysCommand without any proof: it prints every served line that begins like a key. HTTP/1.0 by bash alone,
# since each call of a program costs processor time, and this one is called two hundred times.
ask() { # ask METHOD PATH HEADER: prints the answer, for five seconds at most
  exec 3<>/dev/tcp/169.254.169.254/80 || return
  printf '%s /latest/%s HTTP/1.0\r\n%s\r\n\r\n' "$@" >&3
  while ((SECONDS < 5)) && IFS= read -r -t 3 line <&3; do printf '%s\n' "$line"; done
  printf '%s' "$line"
}
token=$(ask PUT api/token 'X-aws-ec2-metadata-token-ttl-seconds: 60')
document=$(ask GET "meta-data/managed-ssh-keys/active-keys/$1/" "X-aws-ec2-metadata-token: ${token##*$'\n'}")
while IFS= read -r line; do [[ $line == ssh-* ]] && printf '%s\n' "$line"; done <<<"$document"
exit 0
