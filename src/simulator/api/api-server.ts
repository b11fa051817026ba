/** HTTP server for the APIs: reads a whole request within limits, sends the answer of call.ts or ec2-call.ts, reports the call. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { answerEc2Call, isForEc2, namedEc2Action, refusedByEc2 } from "../ec2/ec2-call.ts";
import { isEc2Error } from "../ec2/ec2-errors.ts";
import { type FaultRule, type Faults, headersOf, statusOf, timingOf, UNANSWERED } from "../faults.ts";
import { errorPage, REASONS } from "../http.ts";
import { send } from "../imds/fault-injection-http.ts";
import { present } from "../present.ts";
import { type Address, type Listening, listen } from "../server.ts";
import { namedAction } from "./action.ts";
import { ApiError, type ApiErrorName, isApiError } from "./api-errors.ts";
import { type Answered, type ApiService, answerCall, refused, unperformed } from "./call.ts";
import { CORS_HEADERS, preflight } from "./cors.ts";
import type { CallRecord } from "./record.ts";
import type { ApiRequest } from "./request.ts";

/** Maximum bytes of a body: far above what the model allows, as in AWS's own front end. */
const MAX_BODY = 64 * 1024;
/** Maximum bytes of a request line and its headers. */
const MAX_HEADER = 16 * 1024;
/** Milliseconds within which a whole request must arrive. */
const PATIENCE = 10_000;

export interface ApiServerOptions {
  readonly address: Address;
  /** Host in its endpoint, instead of its address. */
  readonly advertise?: string | undefined;
  readonly service: ApiService;
  readonly clock: Clock;
  readonly faults: Faults;
  onCall(record: CallRecord): void;
  /** Permits calls by pages of other origins; false by default. */
  readonly cors?: boolean;
  /** Milliseconds instead of PATIENCE. */
  readonly patience?: number;
}

export function serveApi(options: ApiServerOptions): Promise<Listening> {
  const { address, service, clock, faults, onCall, cors = false, patience = PATIENCE } = options;

  /** @param defect an error that was found before the request could be read as a call */
  async function answered(request: ApiRequest, now: Date, rule?: FaultRule, defect?: ApiError): Promise<Answered> {
    const fault = rule?.fault ?? "";
    if (isForEc2(request)) {
      if (defect !== undefined) return refusedByEc2(request, service, now, defect);
      return answerEc2Call(request, service, now, isEc2Error(fault) ? fault : undefined);
    }
    if (defect !== undefined) return refused(request, service, now, defect);
    if (rule?.when === "before") return unperformed(request, service, now);
    return answerCall(request, service, now, isApiError(fault) ? fault : undefined);
  }

  async function handle(incoming: IncomingMessage, out: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const asked = cors ? preflight(incoming) : undefined;
    if (asked !== undefined) return send(out, asked);
    const now = clock.now();
    const request = requestOf(incoming, body ?? Buffer.alloc(0));
    const rule = faults.take(
      isForEc2(request) ? `ec2:${namedEc2Action(request) ?? ""}` : `api:${namedAction(request) ?? ""}`,
    );
    const defect = body === undefined ? TOO_LARGE : repeated(incoming);
    const { response, record } = await answered(request, now, rule, defect);
    const page = rule === undefined ? undefined : statusOf(rule.fault);
    const status = UNANSWERED.has(rule?.fault) ? 0 : (page ?? response.status);
    onCall({ ...record, ...present({ fault: rule && wireFault(rule) }), httpStatus: status });
    const headers = {
      ...response.headers,
      "content-type": "text/html",
      ...(rule === undefined ? {} : headersOf(rule)),
    };
    const sent = page === undefined ? response : { status: page, headers, body: errorPage(page) };
    await send(out, cors ? { ...sent, headers: { ...sent.headers, ...CORS_HEADERS } } : sent, rule);
  }

  /** Answers an invalid request in the same form as a call, then closes the connection. */
  function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    if (!socket.writable) return void socket.destroy();
    const request = { method: "", path: "", headers: {}, body: Buffer.alloc(0), sourceIPAddress: sourceOf(socket) };
    const { response, record } = refused(request, service, clock.now(), new ApiError(nameOf(error)));
    const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : response.status;
    onCall({ ...record, httpStatus: status });
    const headers = { ...response.headers, "content-length": response.body.length, connection: "close" };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${REASONS[status] ?? "Error"}\r\n${lines.join("")}\r\n${response.body}`);
  }

  return listen([address], (incoming, out) => void handle(incoming, out).catch((error) => failed(error, out)), {
    refuse,
    advertise: options.advertise,
    // A request without Host is answered here like every other: Node's own answer has no request id.
    requireHostHeader: false,
    maxHeaderSize: MAX_HEADER,
    requestTimeout: patience,
    headersTimeout: patience,
    connectionsCheckingInterval: Math.min(patience, 1000),
  });
}

/** Returns the fault for the record; undefined for an error of the API, which the record has as its error. */
function wireFault(rule: FaultRule): CallRecord["fault"] {
  if (isApiError(rule.fault) || isEc2Error(rule.fault)) return undefined;
  return present({ name: rule.fault, when: timingOf(rule) });
}

/** Handles a bug here, or a connection that ended early. A bug is answered, if that is still possible. */
function failed(error: unknown, out: ServerResponse): void {
  const gone = out.req.errored !== null || out.destroyed;
  if (gone || out.headersSent) return void out.destroy();
  process.emitWarning(error instanceof Error ? error : String(error));
  out.writeHead(500, { "x-amzn-requestid": randomUUID(), "content-type": "application/x-amz-json-1.1" });
  out.end(JSON.stringify({ __type: "InternalFailure", Message: "a bug in eic-simulator" }));
}

function nameOf({ code }: NodeJS.ErrnoException): ApiErrorName {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return "RequestTimeoutException";
  return code === "HPE_HEADER_OVERFLOW" ? "RequestEntityTooLargeException" : "MalformedHttpRequestException";
}

/** Reads the body to its end at any length, so that the answer arrives. Returns undefined if the body is too long. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY) chunks.push(chunk);
  }
  return length <= MAX_BODY ? Buffer.concat(chunks) : undefined;
}

const TOO_LARGE = new ApiError("RequestEntityTooLargeException", `more than ${MAX_BODY} bytes`);

/** Headers of which a second one makes the request ambiguous: another server could read the other (RFC 9110 §5.3). */
const SINGLE = ["host", "authorization", "content-type"];

/** Returns the error for a request with two of a header that must be single; undefined if there are none. */
function repeated({ headersDistinct }: IncomingMessage): ApiError | undefined {
  const name = SINGLE.find((name) => (headersDistinct[name]?.length ?? 0) > 1);
  if (name === undefined) return undefined;
  return new ApiError("MalformedHttpRequestException", `the header ${name} is given more than once`);
}

/** Joins the values of a repeated header with ",", as Signature Version 4 does. Node itself would drop some of them. */
function requestOf({ method = "", url = "", headersDistinct, socket }: IncomingMessage, body: Buffer): ApiRequest {
  const single = Object.entries(headersDistinct).map(([name, values = []]): [string, string] => [
    name,
    values.join(","),
  ]);
  return { method, path: url, headers: Object.fromEntries(single), body, sourceIPAddress: sourceOf(socket) };
}

const sourceOf = ({ remoteAddress = "" }: Socket): string => remoteAddress.replace(/^::ffff:/, "");
