/** argv → what is asked. Two doors: the one that sshd uses knows no options, the one by hand takes them before the user. */
import { basename } from "node:path";
import type { Request } from "./core/evidence.ts";

/** The name by which sshd calls the program; see docs/protocol.md#sshd. */
const SSHD_DOOR = "authorized-keys";

/** One call for keys; or that it is for people (`cli`); or why it is none (`usage`). */
export type Call =
  | {
      readonly kind: "authorized-keys";
      readonly request: Request;
      readonly config: string | undefined;
      /** Another command that is to answer beside us, and its arguments. */
      readonly other: Words | undefined;
    }
  | { readonly kind: "cli"; readonly words: readonly string[] }
  | { readonly kind: "usage"; readonly message: string };

export type Words = readonly [string, ...string[]];

/**
 * @param program the path by which it was called: a link named `authorized-keys` is the door that sshd uses, where
 *   every word is a user or a fingerprint, whatever it looks like (a user may be called `--config`); a third one is
 *   `--` and begins another command
 * @param words the arguments
 */
export function readCall(program: string, words: readonly string[]): Call {
  if (basename(program) === SSHD_DOOR) return positional(words, undefined);
  const [command, ...rest] = words;
  if (command !== SSHD_DOOR) return { kind: "cli", words };
  return byHand(rest);
}

/** `[--config FILE] [--] USER [FINGERPRINT [-- OTHER…]]`: what follows the first positional argument is never an option. */
function byHand(words: readonly string[]): Call {
  let config: string | undefined;
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "--") {
      at += 1;
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    if (word === "--help") return { kind: "cli", words: [SSHD_DOOR, "--help"] };
    const [name, inline] = word.split(/=(.*)/s, 2);
    if (name !== "--config") return usage(`no option ${word}`);
    if (config !== undefined) return usage("--config twice");
    if (inline === undefined) at += 1;
    config = inline ?? words[at];
    if (config === undefined || config === "") return usage("--config needs a file");
  }
  return positional(words.slice(at), config);
}

/** Places, not looks: only a third word can begin another command, so no user and no fingerprint ever does. */
function positional(words: readonly string[], config: string | undefined): Call {
  const [user, fingerprint, third, program, ...rest] = words;
  if (user === undefined) return usage("a user is needed");
  if (third !== undefined && third !== "--") {
    if (fingerprint === "--") return usage("-- begins another command only after USER and FINGERPRINT");
    return usage(`too many arguments: ${words.length}, at most USER and FINGERPRINT`);
  }
  if (third === undefined) return { kind: "authorized-keys", request: { user, fingerprint }, config, other: undefined };
  if (program === undefined) return usage("another command is needed after --");
  return { kind: "authorized-keys", request: { user, fingerprint }, config, other: [program, ...rest] };
}

const usage = (message: string): Call => ({ kind: "usage", message });
