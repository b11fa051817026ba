/** Generates the packages' changelogs from CHANGELOG.md, so that changes are written down only once. */
import { fold } from "../../src/cli/text.ts";
import { readChangelog, type Section } from "./read-changelog.ts";
import { sourceDate } from "./source-date.ts";

/** Maintainer of the packages. There is no mail address: SECURITY.md and CONTRIBUTING.md list the ways of contact. */
export const MAINTAINER = "eic-agent maintainers <maintainers@eic-agent.invalid>";

interface Dated extends Section {
  /** Noon UTC of the day of the release. For an unreleased version, the time of the sources' last change. */
  readonly time: Date;
}

const dated = (text?: string): Dated[] =>
  readChangelog(text).map((section) => ({
    ...section,
    time: section.date === undefined ? new Date(sourceDate() * 1000) : new Date(`${section.date}T12:00:00Z`),
  }));

/**
 * Returns the text of /usr/share/doc/eic-agent/changelog.gz, newest first: deb-changelog(5).
 * @param text of CHANGELOG.md
 */
export function debianChangelog(text?: string): string {
  const entries = dated(text).map(({ version, date, parts, time }) => {
    const lines = parts.flatMap(({ heading, items }) => [
      ...(heading === undefined ? [] : ["", `  [ ${heading} ]`]),
      ...items.flatMap((item) => fold(item, 80, 4, "  * ")),
    ]);
    const words = [
      `eic-agent (${packageVersion(version)})`,
      date === undefined ? "UNRELEASED;" : "stable;",
      "urgency=medium",
    ];
    return [
      words.join(" "),
      "",
      ...lines.slice(lines[0] === "" ? 1 : 0),
      "",
      ` -- ${MAINTAINER}  ${rfc5322(time)}`,
      "",
    ].join("\n");
  });
  return entries.join("\n");
}

/**
 * Returns the body of a spec file's %changelog, newest first. A percent sign is doubled, because it would begin a macro.
 * @param text of CHANGELOG.md
 * @param release the package's release number, which follows the version
 */
export function rpmChangelog(text?: string, release = "1"): string {
  const entries = dated(text).map(({ version, parts, time }) => {
    const [weekday, day, month, year] = time.toUTCString().replace(",", "").split(" ");
    const lines = parts.flatMap(({ heading, items }) => [
      ...(heading === undefined ? [] : [`${heading}:`]),
      ...items.flatMap((item) => fold(item, 80, 2, "- ")),
    ]);
    return [
      `* ${weekday} ${month} ${day} ${year} ${MAINTAINER} - ${packageVersion(version)}-${release}`,
      ...lines,
      "",
    ].join("\n");
  });
  return entries.join("\n").replaceAll("%", "%%");
}

/** Returns 1.0.0~rc.1 for 1.0.0-rc.1: dpkg and rpm sort it before 1.0.0, and a dash cannot be part of the version. */
export const packageVersion = (version: string): string => version.replace("-", "~");

/** Formats a time as `Sun, 22 Nov 2026 12:00:00 +0000`. */
const rfc5322 = (time: Date): string => time.toUTCString().replace("GMT", "+0000");
