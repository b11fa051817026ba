/**
 * One call of the EC2 Instance Connect API as a function from request to response: caller, action, input, permission, and
 * then the push. No sockets; the time is a parameter. A call changes the instance to which it pushes.
 */
import { randomUUID } from "node:crypto";
import type { HttpResponse } from "../http.ts";
import type { Instance } from "../imds/instances.ts";
import { actionOf, namedAction } from "./action.ts";
import { ApiError, type ApiErrorName } from "./api-errors.ts";
import { authenticated } from "./authentication.ts";
import { inputGiven } from "./input.ts";
import { checkedInput } from "./model.ts";
import { checkAction, findInstance } from "./permission.ts";
import type { Principal } from "./principals.ts";
import { parseTarget } from "./query.ts";
import { type CallRecord, EVENT_SOURCE, errorCodeOf, parametersOf, recordOf } from "./record.ts";
import type { ApiRequest } from "./request.ts";
import { checkSerialConsole } from "./serial-console.ts";
import { SERVICE } from "./sigv4.ts";
import { parseSshPublicKey } from "./ssh-public-key.ts";
import type { Throttle } from "./throttle.ts";

/** State that is needed to answer calls. */
export interface ApiService {
  readonly region: string;
  /** Part of public DNS names. */
  readonly domain: string;
  readonly principals: ReadonlyMap<string, Principal>;
  readonly instances: ReadonlyMap<string, Instance>;
  readonly throttle: Throttle;
  /** The time at which the credentials of roles were issued, and the instances launched. */
  readonly startedAt: Date;
}

export interface Answered {
  readonly response: HttpResponse;
  readonly record: CallRecord;
}

/** Facts that are known about a call when it ends, with or without an error. */
interface Progress {
  readonly requestId: string;
  principal?: Principal;
  parameters?: Record<string, unknown>;
}

/** @param fault an error with which this call ends, regardless of its content */
export async function answerCall(
  request: ApiRequest,
  service: ApiService,
  now: Date,
  fault?: ApiErrorName,
): Promise<Answered> {
  const progress: Progress = { requestId: randomUUID() };
  try {
    if (fault !== undefined) throw new ApiError(fault);
    await perform(request, service, now, progress);
    return answered(request, service, now, progress);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return answered(request, service, now, progress, error);
  }
}

async function perform(request: ApiRequest, service: ApiService, now: Date, progress: Progress): Promise<void> {
  const target = parseTarget(request.path);
  const principal = await authenticated(
    { ...request, ...target },
    service.principals,
    { region: service.region, service: SERVICE },
    now,
  );
  progress.principal = principal;
  if (!service.throttle.take(principal.accessKeyId, now)) throw new ApiError("ThrottlingException");
  const action = actionOf(request, target);
  checkAction(principal, action);

  const given = inputGiven(action, request.body, target.query);
  progress.parameters = parametersOf(given);
  const input = checkedInput(action, given);
  const key = parseSshPublicKey(input.SSHPublicKey);
  const instance = findInstance({ principal, action, input, region: service.region }, service.instances);
  const from = { caller: principal.arn, requestId: progress.requestId };
  if (input.InstanceOSUser === undefined) {
    checkSerialConsole(instance);
    instance.serialPort.push({ ...from, fingerprint: key.fingerprint });
  } else {
    // Only SendSSHPublicKey has a user, which is required there.
    instance.keys.push({ ...from, user: input.InstanceOSUser, publicKey: key.line });
  }
}

/** Returns the answer to a request that did not become a call. */
export const refused = (request: ApiRequest, service: ApiService, now: Date, error: ApiError): Answered =>
  answered(request, service, now, { requestId: randomUUID() }, error);

/** Returns the record of a call that ended before the service had it: no error is its own. The response stays unsent. */
export function unperformed(request: ApiRequest, service: ApiService, now: Date): Answered {
  const { response, record } = refused(request, service, now, new ApiError("ServiceUnavailable"));
  const { errorCode: _, errorMessage: __, ...others } = record;
  return { response, record: others };
}

function answered(
  request: ApiRequest,
  service: ApiService,
  now: Date,
  { requestId, principal, parameters }: Progress,
  error?: ApiError,
): Answered {
  const status = error?.status ?? 200;
  const record = recordOf(request, service, now, {
    eventSource: EVENT_SOURCE,
    eventName: namedAction(request),
    readOnly: false,
    requestId,
    principal,
    requestParameters: parameters,
    responseElements: error === undefined ? { requestId, success: true } : undefined,
    error: error && { code: errorCodeOf(error.name), message: error.message },
    httpStatus: status,
  });
  const body =
    error === undefined ? { RequestId: requestId, Success: true } : { __type: error.name, Message: error.message };
  return { response: jsonResponse(status, requestId, body, now), record };
}

function jsonResponse(status: number, requestId: string, body: object, now: Date): HttpResponse {
  const headers = {
    "x-amzn-requestid": requestId,
    "content-type": "application/x-amz-json-1.1",
    date: now.toUTCString(),
  };
  return { status, headers, body: Buffer.from(JSON.stringify(body)) };
}
