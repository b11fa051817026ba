/** The timestamp of everything that is built from these sources, so that the same sources give the same bytes. */
import { execFileSync } from "node:child_process";

/**
 * Returns SOURCE_DATE_EPOCH if it is set (https://reproducible-builds.org/specs/source-date-epoch/), else the time of the
 * last commit. This machine's clock is never used, because two builds would differ.
 *
 * @returns seconds since 1970
 * @throws Error if neither is available, as in an unpacked source archive without the variable
 */
export function sourceDate({ SOURCE_DATE_EPOCH: given } = process.env): number {
  if (given !== undefined) {
    if (!/^[0-9]{1,12}$/.test(given)) throw new Error(`SOURCE_DATE_EPOCH is not a number of seconds: ${given}`);
    return Number(given);
  }
  try {
    return Number(
      execFileSync("git", ["log", "-1", "--format=%ct"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }),
    );
  } catch (cause) {
    throw new Error("no time for what is built: this is not a git checkout, so set SOURCE_DATE_EPOCH", { cause });
  }
}
