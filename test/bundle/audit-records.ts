/** Settings under which calls are recorded, and the records as syslog messages. */
import type { Simulated } from "../support/simulated.ts";

/** Returns a function that writes settings with audit records, which other tests turn off. */
export const recordingIn =
  (one: () => Simulated) =>
  (audit: object = {}): Promise<string> =>
    one().settings({ audit: { target: "syslog", ...audit } });

/** Parses a syslog message: the text after `<86>Nov 22 03:15:00 eic-agent: `, and the number in front. */
export function parsed(message: string): { priority: number; text: string } {
  const [, priority, text] = /^<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d eic-agent: (.*)$/.exec(message) ?? [];
  if (priority === undefined || text === undefined) throw new Error(`no syslog message: ${message}`);
  return { priority: Number(priority), text };
}

/** syslog(3): LOG_AUTHPRIV is 10 << 3; LOG_INFO 6, LOG_WARNING 4. */
export const INFO = 86;
export const WARNING = 84;
