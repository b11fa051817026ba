/** The form of a message: its words without the values that differ from host to host. Pure. */

/** A quoted text, a path, an id such as `i-0abcdef1234567890`, a number with its separators. */
const VALUES = /"[^"]*"|(?<![\w/])\/[^\s,;:)]+|\b[a-z]+-[0-9a-f]{8,}\b|\b[0-9a-f]{12,}\b|\d[\d.,:]*/g;

/** Returns the form. Two messages of one check with the same form report the same problem. */
export const formOf = (message: string): string => message.replace(VALUES, "#");
