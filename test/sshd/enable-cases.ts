/** Hosts before `eic-agent sshd enable`, its options, and the settings in force afterwards. Each runs on a real sshd. */
import { AWS, type Files } from "./wired-host.ts";

export const MAIN = "/etc/ssh/sshd_config";
export const FOLDER = "/etc/ssh/sshd_config.d";
export const DROP_IN = `${FOLDER}/60-eic-agent.conf`;
export const INCLUDE = `Include ${FOLDER}/*.conf\nUsePAM no\n`;
export const OURS = "/usr/libexec/eic-agent/authorized-keys %u %f";

/** The two lines for another command. */
export const lines = (command: string, user = "nobody"): string =>
  `AuthorizedKeysCommand ${command}\nAuthorizedKeysCommandUser ${user}\n`;

const UNIT = "/etc/systemd/system/ssh.service";
const AWS_START = `[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand ${AWS} %%u %%f" -o "AuthorizedKeysCommandUser nobody"\n`;
const AWS_NAME = "ec2-instance-connect.conf";
const START = "[Service]\nExecStart=/usr/sbin/sshd -D\n";

export interface Wiring {
  readonly title: string;
  readonly files: Files;
  readonly words?: readonly string[];
  /** Settings of sshd and files written afterwards, or `refused`. */
  readonly ends: { readonly command?: string; readonly user?: string; readonly written: readonly string[] } | "refused";
  readonly says?: readonly RegExp[];
}

const ours = (...written: readonly string[]) => ({ written: written.length === 0 ? [DROP_IN] : written });

export const WIRINGS: readonly Wiring[] = [
  { title: "nothing but the Include", files: { [MAIN]: INCLUDE }, ends: ours(), says: [/60-eic-agent\.conf:2/] },
  {
    title: "a missing folder for drop-ins",
    files: { [MAIN]: INCLUDE, [`-${FOLDER}`]: "" },
    ends: ours(FOLDER, DROP_IN),
  },
  {
    title: "another command in an earlier drop-in",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: lines("/usr/bin/env %u") },
    ends: "refused",
    says: [
      /"\/usr\/bin\/env %u" of another program, as nobody, by \S*10-x\.conf:1/,
      /enable --chain/,
      /enable --replace/,
    ],
  },
  {
    title: "another command in the main file",
    files: { [MAIN]: INCLUDE + lines("/usr/bin/sss_ssh_authorizedkeys %u") },
    ends: "refused",
    says: [/of SSSD, as nobody, by \/etc\/ssh\/sshd_config:3/],
  },
  {
    title: "AWS's command, without a flag",
    files: { [MAIN]: INCLUDE + lines(`${AWS} %u %f`) },
    ends: "refused",
    says: [/AWS's ec2-instance-connect package/],
  },
  {
    title: "AuthorizedKeysCommand none",
    files: { [MAIN]: `${INCLUDE}AuthorizedKeysCommand none\n` },
    ends: "refused",
    says: [/AuthorizedKeysCommand none, by \/etc\/ssh\/sshd_config:3/],
  },
  {
    title: "the same, with --replace",
    files: { [MAIN]: `${INCLUDE}AuthorizedKeysCommand none\n` },
    words: ["--replace"],
    ends: ours(),
  },
  {
    title: "another command in the main file, replaced",
    files: { [MAIN]: INCLUDE + lines("/usr/bin/env %u") },
    words: ["--replace"],
    ends: ours(),
  },
  {
    title: "userdbctl's drop-in, replaced",
    files: {
      [MAIN]: INCLUDE,
      [`${FOLDER}/20-systemd-userdb.conf`]: lines("/usr/bin/userdbctl ssh-authorized-keys %u", "root"),
    },
    words: ["--replace"],
    ends: ours(`${FOLDER}/00-eic-agent.conf`, DROP_IN),
  },
  {
    title: "a drop-in that sorts before nearly all, replaced",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/00-a.conf`]: lines("/usr/bin/env %u") },
    words: ["--replace"],
    ends: ours(`${FOLDER}/+eic-agent.conf`, DROP_IN),
  },
  {
    title: "another command before the Include, replaced",
    files: { [MAIN]: `${lines("/usr/bin/env %u")}${INCLUDE}` },
    words: ["--replace"],
    ends: ours(MAIN, `${MAIN}.eic-agent-backup`, DROP_IN),
  },
  {
    title: "AWS's command in the main file without an Include, as Amazon Linux 2023 has it",
    files: { [MAIN]: `UsePAM no\n${lines(`${AWS} %u %f`, "sshd")}` },
    ends: "refused",
    says: [/AWS's ec2-instance-connect package, as sshd/],
  },
  {
    title: "the same, replaced",
    files: { [MAIN]: `UsePAM no\n${lines(`${AWS} %u %f`, "sshd")}` },
    words: ["--replace"],
    ends: ours(MAIN, `${MAIN}.eic-agent-backup`, DROP_IN),
  },
  {
    title: "the same, by a package that may not edit the main file",
    files: { [MAIN]: `UsePAM no\n${lines(`${AWS} %u %f`, "sshd")}` },
    words: ["--replace-aws"],
    ends: "refused",
    says: [/does not include/, /--edit-main/],
  },
  {
    title: "AWS's override of the unit, without a flag",
    files: { [MAIN]: INCLUDE, [UNIT]: START, [`${UNIT}.d/${AWS_NAME}`]: AWS_START },
    ends: "refused",
    says: [/AWS's ec2-instance-connect package, as nobody, by sshd's command line/],
  },
  {
    title: "AWS's override of the unit in /etc, replaced",
    files: { [MAIN]: INCLUDE, [UNIT]: START, [`${UNIT}.d/${AWS_NAME}`]: AWS_START },
    words: ["--replace-aws"],
    ends: ours(DROP_IN, `${UNIT}.d/${AWS_NAME}`, `${UNIT}.d/${AWS_NAME}.eic-agent-aside`),
  },
  {
    title: "AWS's override of the unit as its package leaves it, replaced",
    files: { [MAIN]: INCLUDE, [UNIT]: START, [`/run/systemd/system/ssh.service.d/${AWS_NAME}`]: AWS_START },
    words: ["--replace"],
    ends: ours(DROP_IN, `${UNIT}.d`, `${UNIT}.d/${AWS_NAME}`),
  },
  {
    title: "an option in the unit itself",
    files: {
      [MAIN]: INCLUDE,
      [UNIT]:
        '[Service]\nExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand /usr/bin/env %%u" -oAuthorizedKeysCommandUser=nobody\n',
    },
    words: ["--replace"],
    ends: "refused",
    says: [/command line sets "\/usr\/bin\/env %u" \(\/etc\/systemd\/system\/ssh\.service:2\)/],
  },
  {
    title: "--replace-aws with a command that is not AWS's",
    files: { [MAIN]: INCLUDE + lines("/usr/bin/env %u") },
    words: ["--replace-aws"],
    ends: "refused",
    says: [/--replace-aws replaces AWS's only/],
  },
  {
    title: "another command, chained",
    files: { [MAIN]: INCLUDE + lines("/usr/bin/env  X='a b' %u") },
    words: ["--chain"],
    ends: {
      ...ours("/etc/group", "/etc/gshadow", DROP_IN),
      command: `${OURS} -- /usr/bin/env  X='a b' %u`,
      user: "nobody",
    },
  },
  {
    title: "a command without words in an earlier drop-in, chained",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: lines("/usr/bin/env", "eic-agent") },
    words: ["--chain"],
    ends: { ...ours(`${FOLDER}/00-eic-agent.conf`, DROP_IN), command: `${OURS} -- /usr/bin/env %u` },
  },
  {
    title: "a command of root's, chained",
    files: { [MAIN]: INCLUDE + lines("/usr/bin/env %u", "root") },
    words: ["--chain"],
    ends: "refused",
    says: [/runs as root/],
  },
  {
    title: "a token that sshd does not know, chained",
    files: { [MAIN]: INCLUDE + lines("/usr/bin/env %u %x") },
    words: ["--chain"],
    ends: "refused",
    says: [/does not know "%x"/],
  },
  {
    title: "a missing program, chained",
    files: { [MAIN]: INCLUDE + lines("/usr/libexec/none %u") },
    words: ["--chain"],
    ends: "refused",
    says: [/\/usr\/libexec\/none would not be run .*ENOENT/],
  },
  {
    title: "no Include",
    files: { [MAIN]: "UsePAM no\n" },
    ends: "refused",
    says: [/does not include/, /enable --edit-main/],
  },
  {
    title: "no Include, and the main file to be edited",
    files: { [MAIN]: "UsePAM no\nMatch User bob\n  PermitTTY no" },
    words: ["--edit-main"],
    ends: ours(MAIN, `${MAIN}.eic-agent-backup`, DROP_IN),
  },
  {
    title: "an earlier user in another file",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: "AuthorizedKeysCommandUser nobody\n" },
    ends: "refused",
    says: [/AuthorizedKeysCommandUser is nobody, by \S*10-x\.conf:1/],
  },
  {
    title: "an earlier user in another file, replaced",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: "AuthorizedKeysCommandUser nobody\n" },
    words: ["--replace"],
    ends: ours(`${FOLDER}/00-eic-agent.conf`, DROP_IN),
  },
  {
    title: "a Match block that keeps root out",
    files: { [MAIN]: `${INCLUDE}Match User root\n  AuthorizedKeysCommand none\n` },
    ends: ours(),
    says: [/^not for +root: AuthorizedKeysCommand none, by \/etc\/ssh\/sshd_config:4/m],
  },
  {
    title: "a Match block that gives root another command",
    files: {
      [MAIN]: `${INCLUDE}Match User root\n  AuthorizedKeysCommand /usr/bin/env %u\n  AuthorizedKeysCommandUser nobody\n`,
    },
    words: ["--replace"],
    ends: "refused",
    says: [
      /for root sshd has "\/usr\/bin\/env %u" as nobody, by \/etc\/ssh\/sshd_config:4/,
      new RegExp(`^ +AuthorizedKeysCommand ${OURS}$`, "m"),
    ],
  },
  {
    title: "eic-agent's command in a Match block, for one user only",
    files: {
      [MAIN]: INCLUDE,
      [`${FOLDER}/50-x.conf`]: `Match User alice\n  AuthorizedKeysCommand ${OURS}\n  AuthorizedKeysCommandUser eic-agent\n`,
    },
    ends: "refused",
    says: [/named for some users only, by \S*50-x\.conf:2, in the block Match User alice/],
  },
  {
    title: "a Match block with another user for it",
    files: { [MAIN]: `${INCLUDE}Match Address 127.0.0.1\n  AuthorizedKeysCommandUser sshd\n` },
    ends: "refused",
    says: [/a Match block overrides everything: for root .* by \/etc\/ssh\/sshd_config:4/],
  },
  {
    title: "a configuration that is broken already",
    files: { [MAIN]: `${INCLUDE}Prot 22\n` },
    words: ["--replace"],
    ends: "refused",
    says: [/Bad configuration option: Prot/],
  },
  {
    title: "a link that leads nowhere in the drop-in's place",
    files: { [MAIN]: INCLUDE, [DROP_IN]: "-> /nowhere" },
    ends: "refused",
    says: [/60-eic-agent\.conf is a link whose target sshd cannot read/],
  },
  {
    title: "a link to /dev/null in the drop-in's place",
    files: { [MAIN]: INCLUDE, [DROP_IN]: "-> /dev/null" },
    ends: "refused",
    says: [/60-eic-agent\.conf is a link/],
  },
  {
    title: "a folder in the drop-in's place",
    files: { [MAIN]: INCLUDE, [`${DROP_IN}/file`]: "" },
    ends: "refused",
    says: [/60-eic-agent\.conf is a folder/],
  },
  {
    title: "a drop-in that was changed by hand and is not in force",
    files: { [MAIN]: INCLUDE, [DROP_IN]: `#${lines(OURS, "eic-agent")}PermitTTY no\n` },
    ends: "refused",
    says: [/was changed by hand/, /sshd disable && eic-agent sshd enable/],
  },
  {
    title: "a main file that is a link",
    files: { [MAIN]: "-> /etc/ssh/managed", "/etc/ssh/managed": "UsePAM no\n" },
    words: ["--edit-main"],
    ends: "refused",
    says: [/sshd_config is a link/, new RegExp(`^ +AuthorizedKeysCommand ${OURS}$`, "m")],
  },
];
