/** Requests and responses of the simulated services, independent of sockets. */

export interface HttpRequest {
  readonly method: string;
  /** As on the request line, with its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Reason phrases of the services' answers. */
export const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  302: "Found",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/**
 * Returns an error page like those of the metadata service, or of a load balancer in front of an API. A client that prints
 * bodies shows it.
 */
export function errorPage(status: number): Buffer {
  const title = `${status} - ${REASONS[status] ?? "Error"}`;
  return Buffer.from(
    `<?xml version="1.0" encoding="iso-8859-1"?>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
  );
}
