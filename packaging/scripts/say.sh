say() {
  printf 'eic-agent: %s\n' "$*" >&2 || :
}
