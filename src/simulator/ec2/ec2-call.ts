/**
 * One call of EC2's API as a function from request to response: caller, action, permission, and then DescribeInstances, the
 * only action. Clients such as `aws ec2-instance-connect ssh` call it before they push a key, to learn an instance's address.
 */
import { randomUUID } from "node:crypto";
import { ApiError } from "../api/api-errors.ts";
import { authenticated } from "../api/authentication.ts";
import type { Answered, ApiService } from "../api/call.ts";
import { accountOf } from "../api/identity.ts";
import { checkAction } from "../api/permission.ts";
import type { Principal } from "../api/principals.ts";
import { parseTarget } from "../api/query.ts";
import { recordOf } from "../api/record.ts";
import type { ApiRequest } from "../api/request.ts";
import { describeInstances, type Page } from "./describe-instances.ts";
import { describe } from "./description.ts";
import { Ec2Error, type Ec2ErrorName, ec2ErrorOf } from "./ec2-errors.ts";
import { type DescribeInstancesInput, describeInstancesInput, type Parameters, parametersIn } from "./parameters.ts";
import { errorXml, instancesXml, VERSION } from "./response.ts";

/** Service in the scope of a signature for this API. */
const SERVICE = "ec2";
const EVENT_SOURCE = "ec2.amazonaws.com";

/** Facts that are known about a call when it ends, with or without an error. */
interface Progress {
  readonly requestId: string;
  principal?: Principal;
  input?: DescribeInstancesInput;
}

/** @param fault an error with which this call ends, regardless of its content */
export async function answerEc2Call(
  request: ApiRequest,
  service: ApiService,
  now: Date,
  fault?: Ec2ErrorName,
): Promise<Answered> {
  const progress: Progress = { requestId: randomUUID() };
  try {
    if (fault !== undefined) throw new Ec2Error(fault);
    return answered(request, service, now, progress, await perform(request, service, now, progress));
  } catch (error) {
    return answered(request, service, now, progress, ownError(error));
  }
}

/** Returns the answer to a request that did not become a call. */
export const refusedByEc2 = (request: ApiRequest, service: ApiService, now: Date, error: ApiError): Answered =>
  answered(request, service, now, { requestId: randomUUID() }, ec2ErrorOf(error));

async function perform(request: ApiRequest, service: ApiService, now: Date, progress: Progress): Promise<Page> {
  const target = parseTarget(request.path);
  const { principals, region } = service;
  const principal = await authenticated({ ...request, ...target }, principals, { region, service: SERVICE }, now);
  progress.principal = principal;
  const parameters = parametersIn(target.query, request.body);
  checkNames(parameters);
  checkAction(principal, "DescribeInstances");
  const input = describeInstancesInput(parameters);
  progress.input = input;
  const all = [...service.instances.values()].map((one) => describe(one, service, service.startedAt));
  const page = describeInstances(input, all);
  if (input.dryRun) throw new Ec2Error("DryRunOperation");
  return page;
}

function checkNames({ Action, Version }: Parameters): void {
  if (Action === undefined) throw new Ec2Error("MissingAction");
  if (Action !== "DescribeInstances") {
    throw new Ec2Error("InvalidAction", `The action ${Action.slice(0, 128)} is not valid for this web service.`);
  }
  // Older clients send older versions, which EC2 still answers.
  if (Version !== undefined && !(/^\d{4}-\d\d-\d\d$/.test(Version) && Version <= VERSION)) {
    throw new Ec2Error(
      "NoSuchVersion",
      `The requested version (${Version.slice(0, 32)}) of service AmazonEC2 does not exist`,
    );
  }
}

function ownError(error: unknown): Ec2Error {
  if (error instanceof Ec2Error) return error;
  if (error instanceof ApiError) return ec2ErrorOf(error);
  throw error;
}

function answered(
  request: ApiRequest,
  service: ApiService,
  now: Date,
  { requestId, principal, input }: Progress,
  result: Page | Ec2Error,
): Answered {
  const error = result instanceof Ec2Error ? result : undefined;
  const status = error?.status ?? 200;
  const record = recordOf(request, service, now, {
    eventSource: EVENT_SOURCE,
    eventName: namedEc2Action(request),
    readOnly: true,
    requestId,
    principal,
    requestParameters: input && parametersOf(input),
    // CloudTrail has no response of an action that only reads.
    responseElements: undefined,
    // EC2's error codes have the side that caused them in front (CloudTrail records of EC2).
    error: error && { code: `${status < 500 ? "Client" : "Server"}.${error.name}`, message: error.message },
    httpStatus: status,
  });
  const owner = accountOf(principal?.arn ?? "");
  const body = result instanceof Ec2Error ? errorXml(result, requestId) : instancesXml(result, requestId, owner);
  const headers = {
    "x-amzn-requestid": requestId,
    "content-type": "text/xml;charset=UTF-8",
    date: now.toUTCString(),
  };
  return { response: { status, headers, body: Buffer.from(body) }, record };
}

/** Returns the input in the form of CloudTrail's records of EC2: lists are { items: […] }. */
function parametersOf({
  instanceIds,
  filters,
  maxResults,
  nextToken,
}: DescribeInstancesInput): Record<string, unknown> {
  return {
    instancesSet: instanceIds.length === 0 ? {} : { items: instanceIds.map((instanceId) => ({ instanceId })) },
    filterSet:
      filters.length === 0
        ? {}
        : {
            items: filters.map(({ name, values }) => ({
              name,
              valueSet: { items: values.map((value) => ({ value })) },
            })),
          },
    ...(maxResults === undefined ? {} : { maxResults }),
    ...(nextToken === undefined ? {} : { nextToken }),
  };
}

/**
 * Checks whether a request is for EC2's API: by the service that its signature names, else by the form of the query protocol.
 * A request with a target is for the other API, whatever it was signed for.
 */
export function isForEc2({ headers, path }: ApiRequest): boolean {
  if (headers["x-amz-target"] !== undefined || /[?&]x-amz-target=/i.test(path)) return false;
  const text = headers.authorization ?? path;
  const [, service] = /Credential=[^,\s&]*?(?:\/|%2F)([\w-]+)(?:\/|%2F)aws4_request/i.exec(text) ?? [];
  if (service !== undefined) return service === SERVICE;
  return /^application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? "");
}

/** Returns the action that the request names, for the log and for faults, before any check. */
export function namedEc2Action({ path, body }: ApiRequest): string | null {
  const [, name] =
    /(?:^|[?&])Action=([\w.-]{1,128})(?:&|$)/.exec(`${path}&${body.subarray(0, 4096).toString("latin1")}`) ?? [];
  return name ?? null;
}
