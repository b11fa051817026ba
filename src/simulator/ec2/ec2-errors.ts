/**
 * The errors of EC2's API that DescribeInstances can return (EC2 developer guide, "Error codes for the Amazon EC2 API"), with
 * the statuses and messages that clients report. The guide has no statuses.
 */
import type { ApiError, ApiErrorName } from "../api/api-errors.ts";

interface Row {
  readonly status: number;
  /** Default message, used without details: when the error is set with `eic-simulator fault`. */
  readonly message: string;
}

export const EC2_ERRORS = {
  AuthFailure: { status: 401, message: "AWS was not able to validate the provided access credentials" },
  DryRunOperation: { status: 412, message: "Request would have succeeded, but DryRun flag is set." },
  FilterLimitExceeded: {
    status: 400,
    message: "The maximum number of filter values specified on a single call is 200",
  },
  IncompleteSignature: { status: 400, message: "the signature does not conform to Signature Version 4" },
  InternalError: { status: 500, message: "An internal error has occurred" },
  InvalidAction: { status: 400, message: "no such action" },
  "InvalidInstanceID.Malformed": { status: 400, message: "Invalid id" },
  "InvalidInstanceID.NotFound": { status: 400, message: "The instance ID does not exist" },
  InvalidPaginationToken: { status: 400, message: "The specified pagination token is not valid or is expired." },
  InvalidParameterCombination: { status: 400, message: "parameters that must not be used together" },
  InvalidParameterValue: { status: 400, message: "a value that is not allowed" },
  InvalidQueryParameter: { status: 400, message: "the query string does not adhere to AWS standards" },
  MalformedQueryString: { status: 400, message: "the query string has a syntax error" },
  MissingAction: { status: 400, message: "no action" },
  MissingAuthenticationToken: { status: 403, message: "The request must contain valid credentials" },
  NoSuchVersion: { status: 400, message: "The requested version of service AmazonEC2 does not exist" },
  OptInRequired: { status: 401, message: "You are not subscribed to this service" },
  RequestExpired: { status: 400, message: "Request has expired." },
  RequestLimitExceeded: { status: 503, message: "Request limit exceeded." },
  ServiceUnavailable: { status: 503, message: "The request has failed due to a temporary failure of the server." },
  Unavailable: { status: 503, message: "The server is overloaded and can't handle the request." },
  UnauthorizedOperation: { status: 403, message: "You are not authorized to perform this operation." },
  UnknownParameter: { status: 400, message: "The parameter is not recognized" },
} as const satisfies Record<string, Row>;

export type Ec2ErrorName = keyof typeof EC2_ERRORS;

export const isEc2Error = (name: string): name is Ec2ErrorName => Object.hasOwn(EC2_ERRORS, name);

/** An error that ends a call of EC2's API. */
export class Ec2Error extends Error {
  override readonly name: Ec2ErrorName;
  readonly status: number;

  constructor(name: Ec2ErrorName, message: string = EC2_ERRORS[name].message) {
    super(message);
    this.name = name;
    this.status = EC2_ERRORS[name].status;
  }
}

/** Names that EC2 has for errors of the checks that both APIs share. It does not say what is wrong with credentials. */
const OF_SHARED_CHECKS: { readonly [name in ApiErrorName]?: Ec2ErrorName } = {
  AccessDeniedException: "UnauthorizedOperation",
  InvalidClientTokenId: "AuthFailure",
  InvalidSignatureException: "AuthFailure",
  NotAuthorized: "UnauthorizedOperation",
  MalformedHttpRequestException: "InvalidQueryParameter",
  RequestEntityTooLargeException: "InvalidQueryParameter",
  RequestExpired: "RequestExpired",
};

/** Errors whose message is EC2's own, whatever was found. */
const UNEXPLAINED: ReadonlySet<Ec2ErrorName> = new Set([
  "AuthFailure",
  "MissingAuthenticationToken",
  "OptInRequired",
  "RequestExpired",
]);

/** Returns EC2's form of an error that a check of both APIs found. */
export function ec2ErrorOf({ name, message }: ApiError): Ec2Error {
  const own = OF_SHARED_CHECKS[name] ?? (isEc2Error(name) ? name : "InternalError");
  if (UNEXPLAINED.has(own)) return new Ec2Error(own);
  // EC2 puts its own sentence in front of IAM's message.
  return new Ec2Error(own, own === "UnauthorizedOperation" ? `${EC2_ERRORS[own].message} ${message}` : message);
}
