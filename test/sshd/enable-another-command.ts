/** Hosts before `eic-agent sshd enable` that have another command already: it is replaced, chained, or left. */
import { ours, type Wiring } from "./enable-case.ts";
import { DROP_IN, FOLDER, INCLUDE, lines, MAIN, OURS, TRIAL } from "./sshd-files.ts";
import { AWS } from "./wired-host.ts";

const UNIT = "/etc/systemd/system/ssh.service";
const AWS_START = `[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand ${AWS} %%u %%f" -o "AuthorizedKeysCommandUser nobody"\n`;
const AWS_NAME = "ec2-instance-connect.conf";
const START = "[Service]\nExecStart=/usr/sbin/sshd -D\n";

export const ANOTHER_COMMAND: readonly Wiring[] = [
  {
    title: "another command in an earlier drop-in",
    files: { [MAIN]: INCLUDE, [`${FOLDER}/10-x.conf`]: lines("/usr/bin/env %u") },
    ends: "refused",
    message: [
      /"\/usr\/bin\/env %u" of another program, as nobody, by \S*10-x\.conf:1/,
      /enable --chain/,
      /enable --replace/,
    ],
  },
  {
    title: "another command in the main file",
    files: { [MAIN]: INCLUDE + lines("/usr/bin/sss_ssh_authorizedkeys %u") },
    ends: "refused",
    message: [/of SSSD, as nobody, by \/etc\/ssh\/sshd_config:3/],
  },
  {
    title: "AWS's command, without a flag",
    files: { [MAIN]: INCLUDE + lines(`${AWS} %u %f`) },
    ends: "refused",
    message: [/AWS's ec2-instance-connect package/],
  },
  {
    title: "AuthorizedKeysCommand none",
    files: { [MAIN]: `${INCLUDE}AuthorizedKeysCommand none\n` },
    ends: "refused",
    message: [/AuthorizedKeysCommand none, by \/etc\/ssh\/sshd_config:3/],
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
    message: [/AWS's ec2-instance-connect package, as sshd/],
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
    message: [/does not include/, /--edit-main/],
  },
  {
    title: "AWS's override of the unit, without a flag",
    files: { [MAIN]: INCLUDE, [UNIT]: START, [`${UNIT}.d/${AWS_NAME}`]: AWS_START },
    ends: "refused",
    message: [/AWS's ec2-instance-connect package, as nobody, by sshd's command line/],
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
    message: [/command line sets "\/usr\/bin\/env %u" \(\/etc\/systemd\/system\/ssh\.service:2\)/],
  },
  {
    title: "--replace-aws with a command that is not AWS's",
    files: { [MAIN]: INCLUDE + lines("/usr/bin/env %u") },
    words: ["--replace-aws"],
    ends: "refused",
    message: [/--replace-aws replaces AWS's only/],
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
    title: "AWS's command, in a trial",
    files: { [MAIN]: INCLUDE + lines(`${AWS} %u %f`) },
    words: ["--trial"],
    ends: { ...ours("/etc/group", "/etc/gshadow", DROP_IN), command: `${TRIAL} ${AWS} %u %f`, user: "nobody" },
    message: [/decides alone/, /sshd enable --replace ends the trial/],
  },
  {
    title: "AWS's command on sshd's command line, in a trial",
    files: { [MAIN]: INCLUDE, [`${UNIT}.d/${AWS_NAME}`]: AWS_START },
    words: ["--trial"],
    ends: "refused",
  },
  {
    title: "no other command, with --trial",
    files: { [MAIN]: INCLUDE },
    words: ["--trial"],
    ends: "refused",
    message: [/no other command is in force that could decide/],
  },
  {
    title: "a trial that an administrator wrote, chained",
    files: { [MAIN]: INCLUDE + lines(`${TRIAL} /usr/bin/env %u`) },
    words: ["--chain"],
    ends: "refused",
    message: [/is a trial of eic-agent already, and eic-agent did not write that line/],
  },
  {
    title: "the same, without a flag",
    files: { [MAIN]: INCLUDE + lines(`${TRIAL} /usr/bin/env %u`) },
    ends: { written: [], command: `${TRIAL} /usr/bin/env %u`, user: "nobody" },
    message: [/a trial is in force already/],
  },
  {
    title: "a command of root's, in a trial",
    files: { [MAIN]: INCLUDE + lines("/usr/bin/env %u", "root") },
    words: ["--trial"],
    ends: "refused",
    message: [/runs as root/],
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
    message: [/runs as root/],
  },
  {
    title: "a token that sshd does not know, chained",
    files: { [MAIN]: INCLUDE + lines("/usr/bin/env %u %x") },
    words: ["--chain"],
    ends: "refused",
    message: [/does not know "%x"/],
  },
  {
    title: "a missing program, chained",
    files: { [MAIN]: INCLUDE + lines("/usr/libexec/none %u") },
    words: ["--chain"],
    ends: "refused",
    message: [/\/usr\/libexec\/none would not be run .*ENOENT/],
  },
  {
    title: "our own command, written by hand, with --chain",
    files: { [MAIN]: INCLUDE + lines(OURS, "eic-agent") },
    words: ["--chain"],
    ends: { written: [] },
    message: [/in force already/],
  },
];
