/** Compares this machine's clock with that of the service, which sets the times of the keys. Pure. */
import { KEY_LIFETIME_SECONDS } from "../../verify/evidence.ts";
import { describeCheck, type Finding } from "../finding.ts";

export interface ClockFacts {
  /** The service's Date header; undefined if it sent none that can be parsed. */
  readonly service: Date | undefined;
  /** This machine's time in the middle of that exchange. */
  readonly here: Date;
  /** The skew that the settings allow; see docs/settings.md#keys. */
  readonly skewSeconds: number;
}

/** Seconds. Date is truncated to whole seconds, and the reply takes part of another second to arrive. */
const NOTICEABLE_SECONDS = 3;
const HINT = "let chrony or systemd-timesyncd set it; on EC2 the time is at 169.254.169.123";

export function judgeClock({ service, here, skewSeconds }: ClockFacts): Finding {
  const { ok, warning, failed, notApplicable } = describeCheck("clock");
  if (service === undefined) return notApplicable("the service sent no Date to compare it with");
  // Assume the middle of the second that the header was truncated to.
  const ahead = (here.getTime() - service.getTime() - 500) / 1000;
  const seconds = Math.round(Math.abs(ahead));
  const facts = { local: here.toISOString(), metadata: service.toISOString(), aheadSeconds: Math.round(ahead) };
  // A clock that is as fast as a key lives sees every key as expired.
  if (ahead >= KEY_LIFETIME_SECONDS) {
    return failed(`${seconds} s fast: every pushed key counts as expired`, HINT, facts);
  }
  if (ahead < -skewSeconds) {
    return failed(
      `${seconds} s slow, over clock_skew_seconds (${skewSeconds}): every key is too far ahead`,
      HINT,
      facts,
    );
  }
  if (ahead > NOTICEABLE_SECONDS) return warning(`${seconds} s fast: pushed keys end that much earlier`, HINT, facts);
  if (ahead < -NOTICEABLE_SECONDS) return warning(`${seconds} s slow: pushed keys last that much longer`, HINT, facts);
  return ok("agrees with the service's", facts);
}
