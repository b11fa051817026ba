/**
 * Every command with its options, for completion and for suggesting the nearest name. A test compares it with each `--help`.
 */

/** The kind of value of an option or a word: none, one that a shell can complete (a list: one of these), or free text. */
export type Value =
  | "none"
  | "file"
  | "user"
  | "time"
  | "text"
  | "shell"
  | "action"
  | "settings-action"
  | "program"
  | readonly string[];

export interface CommandSpec {
  readonly about: string;
  readonly options: Readonly<Record<string, Value>>;
  /** Positional words, in order. */
  readonly words: readonly Value[];
}

const COMMON = { "--help": "none", "--version": "none" } as const;

export const COMMANDS: Readonly<Record<string, CommandSpec>> = {
  "authorized-keys": {
    about: "print the accepted pushed keys of a user",
    options: { "--config": "file", "--within": "text", ...COMMON },
    words: ["user"],
  },
  explain: {
    about: "explain why a login gets a key or not",
    options: {
      "--at": "time",
      "--from": "file",
      "--watch": "none",
      "--json": "none",
      "--config": "file",
      "--no-sshd": "none",
      ...COMMON,
    },
    words: ["user", "file"],
  },
  capture: {
    about: "save the service's replies about a user's keys",
    options: { "--output": "file", "--redact": "none", "--config": "file", "--no-sshd": "none", ...COMMON },
    words: ["user"],
  },
  doctor: {
    about: "check this host",
    options: {
      "--user": "user",
      "--problems": "none",
      "--json": "none",
      "--prometheus": "none",
      "--output": "file",
      "--config": "file",
      "--merge": "file",
      "--wide": "none",
      ...COMMON,
    },
    words: [],
  },
  settings: {
    about: "check a settings file",
    options: { "--text-only": "none", "--json": "none", ...COMMON },
    words: ["settings-action", "file"],
  },
  sshd: {
    about: "add this program to sshd's configuration, or remove it",
    options: {
      "--dry-run": "none",
      "--chain": "none",
      "--trial": "none",
      "--replace": "none",
      "--replace-aws": "none",
      "--edit-main": "none",
      "--no-reload": "none",
      "--json": "none",
      ...COMMON,
    },
    words: ["action"],
  },
  serve: {
    about: "run the warm service, which answers sshd's calls",
    options: { "--socket": "file", "--config": "file", ...COMMON },
    words: [],
  },
  status: {
    about: "show what the running service has done",
    options: { "--socket": "file", "--json": "none", "--prometheus": "none", "--output": "file", ...COMMON },
    words: [],
  },
  logins: {
    about: "list who logged in with a pushed key",
    options: {
      "--since": "time",
      "--user": "user",
      "--caller": "text",
      "--now": "none",
      "--all": "none",
      "--wide": "none",
      "--json": "none",
      ...COMMON,
    },
    words: [],
  },
  completion: { about: "print a completion script", options: COMMON, words: ["shell", "program"] },
};

export const SSHD_ACTIONS = ["status", "enable", "disable"] as const;
export type SshdAction = (typeof SSHD_ACTIONS)[number];

export const SETTINGS_ACTIONS = ["check"] as const;
export type SettingsAction = (typeof SETTINGS_ACTIONS)[number];

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];
