/** How the two answers to one call of a trial compare. Apart from compare.ts, as the one-shot program loads it in each call. */

/**
 * `agrees`; `differs`; `unanswered`, eic-agent could not answer, and the command in force had no key either;
 * `not-compared`, the command's output was too long for a report.
 */
export const COMPARISONS = ["agrees", "differs", "unanswered", "not-compared"] as const;
export type Comparison = (typeof COMPARISONS)[number];
