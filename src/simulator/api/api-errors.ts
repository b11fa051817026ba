/**
 * Every error that the EC2 Instance Connect API can return: those of its model, and those common to all actions (API
 * reference, "Errors" of each action and "Common Errors"), with the HTTP status given there. docs/simulator.md describes
 * how to produce each error.
 */

interface Row {
  readonly status: number;
  /** Default message, used without details: when the error is set with `eic-simulator fault`. */
  readonly message: string;
}

/** Errors that the model declares, for one action or both. Only errors that the model marks as "fault" are 500. */
export const MODELLED_ERRORS = {
  AuthException: { status: 400, message: "the credentials are not valid, or may not reach this instance" },
  EC2InstanceNotFoundException: { status: 400, message: "the instance was not found" },
  EC2InstanceStateInvalidException: { status: 400, message: "the instance is not running" },
  EC2InstanceTypeInvalidException: { status: 400, message: "the instance type has no serial console" },
  EC2InstanceUnavailableException: { status: 400, message: "the instance is unavailable; try again in some minutes" },
  InvalidArgsException: { status: 400, message: "one of the parameters is not valid" },
  SerialConsoleAccessDisabledException: { status: 400, message: "the account may not use the serial console" },
  SerialConsoleSessionLimitExceededException: { status: 400, message: "the instance has an active session already" },
  SerialConsoleSessionUnavailableException: { status: 500, message: "no session could be started; try again" },
  SerialConsoleSessionUnsupportedException: { status: 400, message: "the instance's BIOS is too old; reboot it" },
  ServiceException: { status: 500, message: "the service met an error" },
  ThrottlingException: { status: 400, message: "Server is busy! Please retry after a moment." },
} as const satisfies Record<string, Row>;

/** Errors common to all actions. ThrottlingException is also one of them, with the same status. */
export const COMMON_ERRORS = {
  AccessDeniedException: { status: 400, message: "not allowed to perform this action" },
  IncompleteSignature: { status: 400, message: "the signature does not conform to Signature Version 4" },
  InternalFailure: { status: 500, message: "an internal error" },
  InvalidAction: { status: 400, message: "no such action" },
  InvalidClientTokenId: { status: 403, message: "The security token included in the request is invalid." },
  InvalidParameterCombination: { status: 400, message: "parameters that must not be used together" },
  InvalidParameterValue: { status: 400, message: "a value that is not allowed" },
  InvalidQueryParameter: { status: 400, message: "the query string does not adhere to AWS standards" },
  MalformedQueryString: { status: 404, message: "the query string has a syntax error" },
  MissingAction: { status: 400, message: "no action" },
  MissingAuthenticationToken: { status: 403, message: "Missing Authentication Token" },
  MissingParameter: { status: 400, message: "a required parameter is missing" },
  NotAuthorized: { status: 400, message: "not authorized to perform this action" },
  OptInRequired: { status: 403, message: "the access key needs a subscription for the service" },
  RequestExpired: { status: 400, message: "the request is too old, or from the future" },
  ServiceUnavailable: { status: 503, message: "a temporary failure; try again" },
  ValidationError: { status: 400, message: "the input cannot be read" },
} as const satisfies Record<string, Row>;

/**
 * Errors that are on no list of this API, but that AWS's JSON services return if the lists have no name for the failure: a
 * wrong signature (400, as reported of several services), and an invalid request (newer "Common Error Types").
 */
const FURTHER_ERRORS = {
  InvalidSignatureException: {
    status: 400,
    message:
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  },
  MalformedHttpRequestException: { status: 400, message: "the request is not HTTP/1.1" },
  RequestTimeoutException: { status: 408, message: "the request took too long to arrive" },
  RequestEntityTooLargeException: { status: 413, message: "the request is too large" },
} as const satisfies Record<string, Row>;

export const API_ERRORS = { ...MODELLED_ERRORS, ...COMMON_ERRORS, ...FURTHER_ERRORS };

export type ApiErrorName = keyof typeof API_ERRORS;

export const isApiError = (name: string): name is ApiErrorName => Object.hasOwn(API_ERRORS, name);

/** An error that ends a call: thrown by the first check that fails. */
export class ApiError extends Error {
  override readonly name: ApiErrorName;
  readonly status: number;

  constructor(name: ApiErrorName, message: string = API_ERRORS[name].message) {
    super(message);
    this.name = name;
    this.status = API_ERRORS[name].status;
  }
}
