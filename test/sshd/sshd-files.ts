/** Paths of sshd's configuration, and lines in it. */

export const MAIN = "/etc/ssh/sshd_config";
export const FOLDER = "/etc/ssh/sshd_config.d";
export const DROP_IN = `${FOLDER}/60-eic-agent.conf`;
export const INCLUDE = `Include ${FOLDER}/*.conf\nUsePAM no\n`;
export const OURS = "/usr/libexec/eic-agent/authorized-keys %u %f";
/** The same in a trial; the command that decides follows. */
export const TRIAL = "/usr/libexec/eic-agent/trial %u %f --";

/** The two lines for another command. */
export const lines = (command: string, user = "nobody"): string =>
  `AuthorizedKeysCommand ${command}\nAuthorizedKeysCommandUser ${user}\n`;
