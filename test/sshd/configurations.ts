/** Configurations of sshd, each with the value in force and the line that sets it; also compared with sshd itself. */

export interface Configuration {
  readonly title: string;
  /** /etc/ssh/sshd_config. */
  readonly main: string;
  /** Other files, by their path from /etc/ssh. */
  readonly others?: Readonly<Record<string, string>>;
  /** Words of sshd's command line. */
  readonly words?: readonly string[];
  /** User of the connection that sshd is asked about. */
  readonly user?: string;
  /** AuthorizedKeysCommand in force; undefined for none. */
  readonly command: string | undefined;
  /** `file:line` from /etc/ssh, or `command line`; undefined if no line sets it and the value is the default. */
  readonly by: string | undefined;
}

/** A command without its user is an invalid configuration. */
const USER = "AuthorizedKeysCommandUser nobody";
const INCLUDE = "Include /etc/ssh/sshd_config.d/*.conf";

export const CONFIGURATIONS: readonly Configuration[] = [
  { title: "an empty file", main: "", command: undefined, by: undefined },
  {
    title: "a plain line",
    main: `AuthorizedKeysCommand /bin/a %u\n${USER}`,
    command: "/bin/a %u",
    by: "sshd_config:1",
  },
  {
    title: "keywords in any case, blanks before and after",
    main: ` \tauthorizedKEYScommand \t /bin/a %u \t\n${USER}`,
    command: "/bin/a %u",
    by: "sshd_config:1",
  },
  {
    title: "an equals sign",
    main: `AuthorizedKeysCommand=/bin/a %u\n${USER}`,
    command: "/bin/a %u",
    by: "sshd_config:1",
  },
  {
    title: "an equals sign with blanks",
    main: `AuthorizedKeysCommand = /bin/a\n${USER}`,
    command: "/bin/a",
    by: "sshd_config:1",
  },
  {
    title: "an equals sign inside the command",
    main: `AuthorizedKeysCommand /bin/a --user=%u\n${USER}`,
    command: "/bin/a --user=%u",
    by: "sshd_config:1",
  },
  {
    title: "a comment sign after the command, which is a word of it",
    main: `AuthorizedKeysCommand /bin/a # %u\n${USER}`,
    command: "/bin/a # %u",
    by: "sshd_config:1",
  },
  {
    title: "quotes inside the command, kept",
    main: `AuthorizedKeysCommand /bin/a "b c" 'd'\n${USER}`,
    command: "/bin/a \"b c\" 'd'",
    by: "sshd_config:1",
  },
  { title: "a commented line", main: "#AuthorizedKeysCommand /bin/a\n", command: undefined, by: undefined },
  {
    title: "the first of two lines",
    main: `AuthorizedKeysCommand /bin/a\nAuthorizedKeysCommand /bin/b\n${USER}`,
    command: "/bin/a",
    by: "sshd_config:1",
  },
  {
    title: "a first line that says none",
    main: `AuthorizedKeysCommand none\nAuthorizedKeysCommand /bin/b\n${USER}`,
    command: undefined,
    by: "sshd_config:1",
  },
  {
    title: "a drop-in before the file's own line",
    main: `${INCLUDE}\nAuthorizedKeysCommand /bin/a\n${USER}`,
    others: { "sshd_config.d/50-x.conf": "\nAuthorizedKeysCommand /bin/x" },
    command: "/bin/x",
    by: "sshd_config.d/50-x.conf:2",
  },
  {
    title: "a drop-in after the file's own line",
    main: `AuthorizedKeysCommand /bin/a\n${USER}\n${INCLUDE}`,
    others: { "sshd_config.d/50-x.conf": "AuthorizedKeysCommand /bin/x" },
    command: "/bin/a",
    by: "sshd_config:1",
  },
  {
    title: "the first drop-in by the order of bytes",
    main: `${INCLUDE}\n${USER}`,
    others: {
      "sshd_config.d/9-nine.conf": "AuthorizedKeysCommand /bin/nine",
      "sshd_config.d/10-ten.conf": "AuthorizedKeysCommand /bin/ten",
      "sshd_config.d/Z.conf": "AuthorizedKeysCommand /bin/z",
    },
    command: "/bin/ten",
    by: "sshd_config.d/10-ten.conf:1",
  },
  {
    title: "only drop-ins that the pattern names",
    main: `${INCLUDE}\n${USER}`,
    others: {
      "sshd_config.d/10-ten.conf.rpmnew": "AuthorizedKeysCommand /bin/new",
      "sshd_config.d/.hidden.conf": "AuthorizedKeysCommand /bin/hidden",
    },
    command: undefined,
    by: undefined,
  },
  {
    title: "an Include without a slash is relative to /etc/ssh, in any file",
    main: `Include sshd_config.d/*.conf\n${USER}`,
    others: { "sshd_config.d/a.conf": "Include more/b.conf", "more/b.conf": "AuthorizedKeysCommand /bin/b" },
    command: "/bin/b",
    by: "more/b.conf:1",
  },
  {
    title: "an Include with several patterns, quotes, a bracket and a question mark",
    main: `include "/etc/ssh/no such file" /etc/ssh/more/[ab].?onf # a comment\n${USER}`,
    others: { "more/b.conf": "AuthorizedKeysCommand /bin/b", "more/c.conf": "AuthorizedKeysCommand /bin/c" },
    command: "/bin/b",
    by: "more/b.conf:1",
  },
  {
    title: "a Match block that fits",
    main: `AuthorizedKeysCommand /bin/a\n${USER}\nMatch User root\n  AuthorizedKeysCommand /bin/m`,
    user: "root",
    command: "/bin/m",
    by: "sshd_config:4",
  },
  {
    title: "a Match block that does not fit",
    main: `AuthorizedKeysCommand /bin/a\n${USER}\nMatch User root\n  AuthorizedKeysCommand /bin/m`,
    user: "nobody",
    command: "/bin/a",
    by: "sshd_config:1",
  },
  {
    title: "a Match block, without a user",
    main: `AuthorizedKeysCommand /bin/a\n${USER}\nMatch User root\n  AuthorizedKeysCommand /bin/m`,
    command: "/bin/a",
    by: "sshd_config:1",
  },
  {
    title: "a Match block that removes the command",
    main: `AuthorizedKeysCommand /bin/a\n${USER}\nMatch User=root\n  AuthorizedKeysCommand none`,
    user: "root",
    command: undefined,
    by: "sshd_config:4",
  },
  {
    title: "the first of two Match blocks that fit",
    main: `${USER}\nMatch User root\n  AuthorizedKeysCommand /bin/m\nMatch Address 127.0.0.1\n  AuthorizedKeysCommand /bin/n`,
    user: "root",
    command: "/bin/m",
    by: "sshd_config:3",
  },
  {
    title: "Match all, which ends a block for one user and overrides an earlier line",
    main: `AuthorizedKeysCommand /bin/a\n${USER}\nMatch User root\n  X11Forwarding no\nMatch all\n  AuthorizedKeysCommand /bin/m`,
    command: "/bin/m",
    by: "sshd_config:6",
  },
  {
    title: "a Match block of a drop-in, which ends with it",
    main: `${INCLUDE}\nAuthorizedKeysCommand /bin/a\n${USER}`,
    others: { "sshd_config.d/x.conf": "Match User root\n  X11Forwarding no" },
    command: "/bin/a",
    by: "sshd_config:2",
  },
  {
    title: "an Include inside of a Match block that fits",
    main: `${USER}\nMatch User root\n  Include /etc/ssh/more/b.conf\n`,
    others: { "more/b.conf": "AuthorizedKeysCommand /bin/b" },
    user: "root",
    command: "/bin/b",
    by: "more/b.conf:1",
  },
  {
    title: "an Include inside of a Match block that does not fit",
    main: `${USER}\nMatch User root\n  Include /etc/ssh/more/b.conf\n`,
    others: { "more/b.conf": "AuthorizedKeysCommand /bin/b\nMatch all\n AuthorizedKeysCommand /bin/c" },
    user: "nobody",
    command: undefined,
    by: undefined,
  },
  {
    title: "an option of the command line",
    main: `AuthorizedKeysCommand /bin/a\n${USER}`,
    words: ["-o", "AuthorizedKeysCommand /bin/o %u"],
    command: "/bin/o %u",
    by: "command line",
  },
  {
    title: "an option of the command line with an equals sign",
    main: USER,
    words: ["-o", "AuthorizedKeysCommand=/bin/o"],
    command: "/bin/o",
    by: "command line",
  },
  {
    title: "a Match block against the command line",
    main: `${USER}\nMatch User root\n  AuthorizedKeysCommand /bin/m`,
    words: ["-o", "AuthorizedKeysCommand=/bin/o"],
    user: "root",
    command: "/bin/m",
    by: "sshd_config:3",
  },
];
