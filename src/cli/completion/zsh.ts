/** The script for zsh. Pure. */
import type { Value } from "../command-table.ts";
import { choicesOf, functionOf, type Told } from "./told.ts";

export function zsh({ program, made, commands }: Told): string {
  const name = functionOf(program);
  const list = commands.map(([command, { about }]) => `    '${command}:${about.replaceAll("'", "'\\''")}'`);
  const rows = commands.map(([command, { options, words }]) => {
    const flags = Object.entries(options).map(([option, value]) => `'${option}${actionOf(value)}'`);
    const places = words.map((value, i) => `'${i + 1}${actionOf(value)}'`);
    return `    ${command}) _arguments ${[...flags, ...places].join(" ")} ;;`;
  });
  return `#compdef ${program}
# Completion of ${program} for zsh:  ${made} > /usr/share/zsh/site-functions/_${program}
${name}() {
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
if [[ $funcstack[1] == _${program} ]]; then
  ${name} "$@"
else
  compdef ${name} ${program}
fi
`;
}

function actionOf(value: Value): string {
  const choices = choicesOf(value);
  if (choices !== undefined) return `:${typeof value === "string" ? value : "value"}:(${choices.join(" ")})`;
  switch (value) {
    case "none":
      return "";
    case "file":
      return ":file:_files";
    case "user":
      return ":user:_users";
    default:
      return `:${String(value)}: `;
  }
}
