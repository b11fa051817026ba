/** Completion scripts for bash and zsh, made from the vocabulary: nothing is started when somebody presses TAB. Pure. */
import { SETTINGS_ACTIONS, SHELLS, type Shell, SSHD_ACTIONS, type Value, VOCABULARY } from "./vocabulary.ts";

export const completionScript = (shell: Shell): string => (shell === "bash" ? bash() : zsh());

const commands = Object.entries(VOCABULARY);

/** For bash 3.2 and later; without the bash-completion package. */
function bash(): string {
  const rows = commands.map(([name, { options, words }]) => {
    const takingFiles = Object.keys(options).filter((option) => options[option] === "file");
    const takingUsers = Object.keys(options).filter((option) => options[option] === "user");
    return [
      `    ${name})`,
      `      options='${Object.keys(options).join(" ")}'`,
      `      files='${["-o", ...takingFiles].join(" ")}' users='${takingUsers.join(" ")}' places='${words.join(" ")}'`,
      "      ;;",
    ].join("\n");
  });
  return `# Completion of eic-agent for bash:  eic-agent completion bash > /etc/bash_completion.d/eic-agent
_eic_agent() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local options='' files='' users='' places='' place=0 kind i
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(([name]) => name).join(" ")} --help --version' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${rows.join("\n")}
    *) return ;;
  esac
  case " $files " in *" $before "*) COMPREPLY=($(compgen -f -- "$current")); return ;; esac
  case " $users " in *" $before "*) COMPREPLY=($(compgen -u -- "$current")); return ;; esac
  if [ "$before" = --at ]; then return; fi
  case "$current" in -*) COMPREPLY=($(compgen -W "$options" -- "$current")); return ;; esac
  for ((i = 2; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      -*) ;;
      *) case " $files $users --at " in *" \${COMP_WORDS[i-1]} "*) ;; *) place=$((place + 1)) ;; esac ;;
    esac
  done
  set -- $places
  [ "$place" -lt "$#" ] || return
  shift "$place"
  case "$1" in
    user) COMPREPLY=($(compgen -u -- "$current")) ;;
    file) COMPREPLY=($(compgen -f -- "$current")) ;;
    action) COMPREPLY=($(compgen -W '${SSHD_ACTIONS.join(" ")}' -- "$current")) ;;
    settings-action) COMPREPLY=($(compgen -W '${SETTINGS_ACTIONS.join(" ")}' -- "$current")) ;;
    shell) COMPREPLY=($(compgen -W '${SHELLS.join(" ")}' -- "$current")) ;;
  esac
}
complete -o filenames -F _eic_agent eic-agent
`;
}

const ZSH_ACTIONS: Readonly<Record<Value, string>> = {
  none: "",
  file: ":file:_files",
  user: ":user:_users",
  time: ":time: ",
  action: `:action:(${SSHD_ACTIONS.join(" ")})`,
  "settings-action": `:action:(${SETTINGS_ACTIONS.join(" ")})`,
  shell: `:shell:(${SHELLS.join(" ")})`,
};

function zsh(): string {
  const list = commands.map(([name, { about }]) => `    '${name}:${about.replaceAll("'", "'\\''")}'`);
  const rows = commands.map(([name, { options, words }]) => {
    const flags = Object.entries(options).map(([option, value]) => `'${option}${ZSH_ACTIONS[value]}'`);
    const places = words.map((value, i) => `'${i + 1}${ZSH_ACTIONS[value]}'`);
    return `    ${name}) _arguments ${[...flags, ...places].join(" ")} ;;`;
  });
  return `#compdef eic-agent
# Completion of eic-agent for zsh:  eic-agent completion zsh > /usr/share/zsh/site-functions/_eic-agent
_eic_agent() {
  local -a commands
  commands=(
${list.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${rows.join("\n")}
  esac
}
if [[ $funcstack[1] == _eic-agent ]]; then
  _eic_agent "$@"
else
  compdef _eic_agent eic-agent
fi
`;
}
