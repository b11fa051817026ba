/**
 * What makes a judgement costly, as large as the limits of size let it be served: one row an input. Each is made when it is
 * asked for. test/verify/costly.test.ts counts what each takes, and bench/ prints the time.
 */
import type { Evidence, Request } from "../../../src/verify/evidence.ts";
import { DOCUMENTS } from "./documents.ts";
import { CERTIFICATES } from "./lists.ts";
import { STAPLES } from "./stapled.ts";
import { REQUEST } from "./world.ts";

export interface Costly {
  readonly name: string;
  readonly evidence: () => Evidence;
  /** Usually one key is offered. */
  readonly request?: Request;
}

export const COSTLY: readonly (Costly & { readonly request: Request })[] = [
  ...DOCUMENTS,
  ...CERTIFICATES,
  ...STAPLES,
].map((costly) => ({ request: REQUEST, ...costly }));
