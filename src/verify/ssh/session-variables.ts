/**
 * The variables of a session that name its caller: `environment="NAME=value"` in front of the key, which sshd sets if
 * PermitUserEnvironment names them. Pure.
 */

/** The variable with the id of the API call; the settings name the one with the caller. */
export const REQUEST_ID_VARIABLE = "EIC_REQUEST_ID";

/**
 * Names that the settings may give the caller's variable. The prefix keeps it from being one that a program obeys, such as
 * PATH or BASH_ENV, since the caller chooses a part of the value.
 */
export const CALLER_VARIABLE = /^EIC_[A-Z0-9_]{1,60}$/;

/** Returns the names of the variables in a session. */
export const variableNames = (callerVariable: string): readonly [caller: string, requestId: string] => [
  callerVariable,
  REQUEST_ID_VARIABLE,
];

/** Maximum characters of a value. */
const MAX_VALUE = 512;

export interface SessionVariables {
  /** Options of the key, in sshd's form. */
  readonly options: readonly string[];
  /** Variables without a value that could be written. */
  readonly leftOut: readonly string[];
}

/** The caller and the request id of a push. */
interface Push {
  readonly caller: string | undefined;
  readonly requestId: string | undefined;
}

/** @param push from a block with a verified signature */
export function sessionVariables(callerVariable: string, { caller, requestId }: Push): SessionVariables {
  const [nameOfCaller, nameOfRequest] = variableNames(callerVariable);
  const options: string[] = [];
  const leftOut: string[] = [];
  for (const [name, value] of [
    [nameOfCaller, caller],
    [nameOfRequest, requestId],
  ] as const) {
    if (value !== undefined && fits(value)) options.push(`environment="${name}=${value.replaceAll('"', '\\"')}"`);
    else leftOut.push(name);
  }
  return { options, leftOut };
}

/**
 * Checks for printable ASCII without a backslash. sshd reads `\"` as a quote inside the value, so a value that ends with a
 * backslash would not end at its closing quote.
 */
const fits = (value: string): boolean => value.length <= MAX_VALUE && /^[\x20-\x5b\x5d-\x7e]+$/.test(value);
