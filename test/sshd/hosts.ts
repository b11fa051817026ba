/** Arbitrary hosts and options: configurations of sshd and its unit, in every order that matters. */
import fc from "fast-check";
import type { EnableOptions } from "../../src/sshd/wiring/plan.ts";
import { FOLDER, MAIN } from "./sshd-files.ts";

const AWS = "/usr/share/ec2-instance-connect/eic_run_authorized_keys %u %f";
const command = fc.constantFrom(AWS, "/usr/bin/userdbctl ssh-authorized-keys %u", "/opt/x", "none", "/opt/y '%t' %%");
const user = fc.constantFrom("nobody", "root", "ec2-instance-connect", "eic-agent");
const COMMENTS = ["", "# a comment\t", "#AuthorizedKeysCommand none", "# \u00e9\u00ff"];
const line = fc.oneof(
  fc.constantFrom("Port 22", "  UsePAM=yes", 'PermitRootLogin "no"', ...COMMENTS),
  command.map((one) => `AuthorizedKeysCommand ${one}`),
  user.map((one) => `authorizedkeyscommanduser\t${one}`),
);
const block = fc.constantFrom(
  "Match User alice\n  PermitTTY no",
  "Match all",
  "Match Group x\nAuthorizedKeysCommand /opt/z",
);
const text = fc
  .record({
    before: fc.array(line, { maxLength: 4 }),
    match: fc.option(fc.tuple(block, fc.array(line, { maxLength: 2 })), { freq: 3, nil: undefined }),
    end: fc.constantFrom("", "\n"),
  })
  .map(({ before, match, end }) => {
    const [head, inside] = match ?? [undefined, []];
    return [...before, ...(head === undefined ? [] : [head, ...inside])].join("\n") + end;
  });
const main = fc
  .record({
    first: fc.option(line, { freq: 6, nil: undefined }),
    include: fc.constantFrom(`Include ${FOLDER}/*.conf\n`, "Include sshd_config.d/*.conf\n", ""),
    rest: text,
  })
  .map(({ first, include, rest }) => (first === undefined ? "" : `${first}\n`) + include + rest);
const NAMES = [
  "10-x.conf",
  "20-systemd-userdb.conf",
  "00-a.conf",
  "70-y.conf",
  "50-cloud-init.conf",
  "60-eic-agent.conf.bak",
];
const dropIns = fc.dictionary(fc.constantFrom(...NAMES.map((name) => `${FOLDER}/${name}`)), text, { maxKeys: 3 });
const START =
  '[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -o "AuthorizedKeysCommand /opt/aws/bin/eic_run_authorized_keys %%u" -o "AuthorizedKeysCommandUser nobody"\n';
const units = fc
  .constantFrom(undefined, "/etc/systemd/system", "/run/systemd/system")
  .map((folder) => (folder === undefined ? {} : { [`${folder}/ssh.service.d/ec2-instance-connect.conf`]: START }));

/** Files by path; each character is an octet. */
export const hosts: fc.Arbitrary<Record<string, string>> = fc.tuple(main, dropIns, units).map(([of, others, unit]) => ({
  "/etc/systemd/system/ssh.service": "[Service]\nExecStart=/usr/sbin/sshd -D\n",
  [MAIN]: of,
  ...others,
  ...unit,
}));

export const wishes: fc.Arbitrary<EnableOptions> = fc.record({
  otherCommand: fc.constantFrom("leave", "chain", "trial", "replace", "replace-aws"),
  editMain: fc.boolean(),
});
