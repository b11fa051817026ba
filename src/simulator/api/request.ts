/** A request to the API as it arrived, before any check. */

export interface ApiRequest {
  readonly method: string;
  /** As on the request line. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly sourceIPAddress: string;
}
