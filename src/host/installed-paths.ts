/** Paths on a host where the packages are installed. src/relay/authorized-keys.c has the last three built in. */

/** The relay, which sshd runs. */
export const RELAY_PATH = "/usr/libexec/eic-agent/authorized-keys";

/** The program that sshd runs during a trial, in place of the command that decides (src/relay/trial.c). */
export const TRIAL_PATH = "/usr/libexec/eic-agent/trial";

/** The agent: service, one-shot program and command line. */
export const AGENT_PATH = "/usr/bin/eic-agent";

/** The socket on which the relay asks the service. */
export const SOCKET_PATH = "/run/eic-agent/authorized-keys.sock";

/** The slots; only a relay that holds one may start a one-shot program. */
export const SLOT_PATHS: readonly string[] = [0, 1, 2, 3].map((slot) => `/run/eic-agent/slots/${slot}`);
