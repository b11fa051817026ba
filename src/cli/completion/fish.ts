/** The script for fish 3 and later. Pure. */
import type { CommandSpec, Value } from "../command-table.ts";
import { choicesOf, functionOf, type Told } from "./told.ts";

export function fish({ program, made, commands }: Told): string {
  const at = `_${functionOf(program)}_at`;
  const line = (rest: string) => `complete -c ${program} ${rest}`;
  const names = commands.map(([command]) => command).join(" ");
  return `# Completion of ${program} for fish:  ${made} > /etc/fish/completions/${program}.fish
# Whether the command is the first argument and, if there is a second one, that many words follow it already. The
# others are options of this command that take a value.
function ${at}
  set -l words (commandline -opc)
  test (count $words) -ge 2; and test "$words[2]" = "$argv[1]"; or return 1
  test (count $argv) -eq 1; and return 0
  set -l place 0
  set -l value 0
  set -e words[1..2]
  for word in $words
    if test $value -eq 1
      set value 0
    else if contains -- $word $argv[3..-1]
      set value 1
    else if not string match -q -- '-*' $word
      set place (math $place + 1)
    end
  end
  test $value -eq 0; and test $place -eq $argv[2]
end
complete -c ${program} -f
${[
  ...commands.map(([command, { about }]) =>
    line(`-n "not __fish_seen_subcommand_from ${names}" -a ${command} -d ${quote(about)}`),
  ),
  line(`-n "not __fish_seen_subcommand_from ${names}" -l help`),
  line(`-n "not __fish_seen_subcommand_from ${names}" -l version`),
  ...commands.flatMap(([command, words]) => [
    ...Object.entries(words.options).map(([option, value]) =>
      line(`-n "${at} ${command}" -l ${option.slice(2)}${option === "--output" ? " -s o" : ""}${offers(value)}`),
    ),
    ...words.words.flatMap((value, place) =>
      placeOffers(value).map((rest) => line(`-n "${[at, command, place, ...takingValues(words)].join(" ")}" ${rest}`)),
    ),
  ]),
].join("\n")}
`;
}

const USERS = "'(__fish_complete_users)'";

const takingValues = ({ options }: CommandSpec): string[] =>
  Object.entries(options).flatMap(([option, value]) => {
    if (value === "none") return [];
    return option === "--output" ? [option, "-o"] : [option];
  });

/** Returns the completion of an option's value. */
function offers(value: Value): string {
  const choices = choicesOf(value);
  if (choices !== undefined) return ` -x -a ${quote(choices.join(" "))}`;
  switch (value) {
    case "none":
      return "";
    case "file":
      return " -r -F";
    case "user":
      return ` -x -a ${USERS}`;
    default:
      return " -x";
  }
}

function placeOffers(value: Value): string[] {
  const choices = choicesOf(value);
  if (choices !== undefined) return [`-a ${quote(choices.join(" "))}`];
  if (value === "file") return ["-F"];
  return value === "user" ? [`-a ${USERS}`] : [];
}

const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
