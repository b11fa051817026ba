/** The script for bash 3.2 and later. It does not need the bash-completion package. Pure. */
import type { CommandSpec, Value } from "../command-table.ts";
import { choicesOf, functionOf, type Told } from "./told.ts";

export function bash({ program, made, commands }: Told): string {
  const name = functionOf(program);
  return `# Completion of ${program} for bash:  ${made} > /etc/bash_completion.d/${program}
${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local options='' values='' places='' place=0 kind='' i
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${commands.map(([command]) => command).join(" ")} --help --version' -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map(([command, words]) => row(command, words)).join("\n")}
    *) return ;;
  esac
  case "\${COMP_WORDS[1]} $before" in
${commands.flatMap(([command, words]) => kinds(command, words)).join("\n")}
  esac
  if [ -z "$kind" ]; then
    case "$current" in -*) COMPREPLY=($(compgen -W "$options" -- "$current")); return ;; esac
    for ((i = 2; i < COMP_CWORD; i++)); do
      case "\${COMP_WORDS[i]}" in
        -*) ;;
        *) case " $values " in *" \${COMP_WORDS[i-1]} "*) ;; *) place=$((place + 1)) ;; esac ;;
      esac
    done
    set -- $places
    [ "$place" -lt "$#" ] || return
    shift "$place"
    kind=$1
  fi
  case "$kind" in
    user) COMPREPLY=($(compgen -u -- "$current")) ;;
    file) COMPREPLY=($(compgen -f -- "$current")) ;;
    =*) kind=\${kind#=}; COMPREPLY=($(compgen -W "\${kind//,/ }" -- "$current")) ;;
  esac
}
complete -o filenames -F ${name} ${program}
`;
}

/** Returns `=a,b` for a list of choices, or a word for a kind of value that the shell can complete. */
function kindOf(value: Value): string {
  const choices = choicesOf(value);
  return choices === undefined ? String(value) : `=${choices.join(",")}`;
}

/** Returns the options that take a value, including the short form of `--output`. */
const taking = ({ options }: CommandSpec): [string, Value][] =>
  Object.entries(options).flatMap(([option, value]): [string, Value][] => {
    if (value === "none") return [];
    return option === "--output"
      ? [
          [option, value],
          ["-o", value],
        ]
      : [[option, value]];
  });

const row = (command: string, words: CommandSpec): string =>
  [
    `    ${command})`,
    `      options='${Object.keys(words.options).join(" ")}'`,
    `      values='${taking(words)
      .map(([option]) => option)
      .join(" ")}' places='${words.words.map(kindOf).join(" ")}'`,
    "      ;;",
  ].join("\n");

const kinds = (command: string, words: CommandSpec): string[] =>
  taking(words).map(([option, value]) => `    '${command} ${option}') kind='${kindOf(value)}' ;;`);
