/** Makes foreign text harmless before it is printed or logged: an attacker may have chosen every character of it. */

/**
 * Escapes every character except printable ASCII as `\u` and four hex digits. This removes line ends, escape sequences of
 * terminals and characters that change the direction of writing.
 */
export const escapeNonAscii = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Replaces every control character, for messages that may contain other letters than ASCII. */
export const replaceControls = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, "\ufffd");
