/**
 * Inputs that make a verification costly, as large as the size limits of replies allow: one row for each. Each is made on
 * demand. test/verify/costly.test.ts counts the work for each, and bench/ prints the time.
 */
import type { Evidence, Request } from "../../../src/verify/evidence.ts";
import { DOCUMENTS } from "./documents.ts";
import { CERTIFICATES } from "./lists.ts";
import { STAPLES } from "./stapled.ts";
import { REQUEST } from "./world.ts";

export interface Costly {
  readonly name: string;
  readonly evidence: () => Evidence;
  /** Absent: a request in which one key is offered. */
  readonly request?: Request;
}

export const COSTLY: readonly (Costly & { readonly request: Request })[] = [
  ...DOCUMENTS,
  ...CERTIFICATES,
  ...STAPLES,
].map((costly) => ({ request: REQUEST, ...costly }));
