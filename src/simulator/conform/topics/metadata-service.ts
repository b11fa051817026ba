/** The metadata service: its protocol, and every way in which it can fail. */
import type { FaultRule } from "../../faults.ts";
import { type Case, printed, type Requirement, refused } from "../requirement.ts";

const failing = (served: string, ...faults: FaultRule[]): Case => refused(served, { faults });
const passing = (served: string, ...faults: FaultRule[]): Case => printed(served, { faults });
/** An agent that tries again, or has only its own deadline, waits. */
const waiting = (served: string, ...faults: FaultRule[]): Case => ({ ...failing(served, ...faults), waits: true });
/** A key that is served late or broken may be printed or not; the call must end. */
const ending = (served: string, ...faults: FaultRule[]): Case => ({ ...passing(served, ...faults), waits: true });

export const METADATA: readonly Requirement[] = [
  {
    id: "IMDS-1",
    level: "MUST",
    text: "Every value is requested with a session token (IMDSv2).",
    source: "EC2 user guide, Use the Instance Metadata Service: IMDSv1 can be turned off",
    cases: [
      printed("the metadata service requires a token", {
        check: ({ requests }) =>
          requests.some(({ status }) => status === 401) ? "no request without a token" : undefined,
      }),
    ],
  },
  {
    id: "IMDS-2",
    level: "MUST",
    text: "An answer in chunks, without a length, or on a connection that closes is as good.",
    source: "RFC 9112 sections 6.3, 7.1 and 9.6",
    cases: [
      passing("the document comes in chunks", { fault: "chunked", path: "keys" }),
      passing("the document ends with its connection", { fault: "lengthless", path: "keys" }),
      passing("each answer closes its connection", { fault: "close", path: "*" }),
    ],
  },
  {
    id: "IMDS-3",
    level: "MUST",
    text: "If a value cannot be had, nothing is printed.",
    source: "reference agent (exit 255); a key that is not proven is not printed",
    cases: [
      failing("the token is refused with 403: the metadata service is turned off", { fault: "403", path: "token" }),
      waiting("every token is refused with 401", { fault: "401", path: "*" }),
      waiting("the document is answered with 500", { fault: "500", path: "keys" }),
      failing("the certificates are answered with 404", { fault: "404", path: "signer-cert" }),
      failing("the list of staples is answered with 404", { fault: "404", path: "signer-ocsp" }),
      failing("each staple is answered with 404", { fault: "404", path: "staple" }),
      failing("the instance's id is answered with 404", { fault: "404", path: "instance-id" }),
      failing("each certificate list is empty", { fault: "empty", path: "signer-cert" }),
    ],
  },
  {
    id: "IMDS-4",
    level: "MUST",
    text: "If the connection breaks, nothing is printed that did not come whole.",
    source: "RFC 9112 section 8",
    cases: [
      waiting("each connection is reset", { fault: "reset", path: "*" }),
      waiting("the document is reset after its half", { fault: "reset-body", path: "keys" }),
      waiting("the certificates are reset after their half", { fault: "reset-body", path: "signer-cert" }),
      waiting("the document's answer is not HTTP", { fault: "garbage", path: "keys" }),
    ],
  },
  {
    id: "IMDS-5",
    level: "SHOULD",
    text: "An answer that is shorter than announced is not used.",
    source: "RFC 9112 section 8",
    cases: [
      waiting("the document is announced as longer than it comes", { fault: "cut", path: "keys" }),
      waiting("the document lacks its last chunk", { fault: "cut-chunked", path: "keys" }),
    ],
  },
  {
    id: "IMDS-6",
    level: "MUST",
    text: "If the metadata service does not answer, the call ends by itself, without output.",
    source: "sshd_config(5), LoginGraceTime and MaxAuthTries: 120 seconds for six keys",
    cases: [
      waiting("the token hangs", { fault: "hang", path: "token" }),
      waiting("the document hangs", { fault: "hang", path: "keys" }),
      waiting("the certificates hang", { fault: "hang", path: "signer-cert" }),
      waiting("each staple hangs", { fault: "hang", path: "staple" }),
      waiting("everything comes at one byte a second", { fault: "drip-head", path: "*", ms: 1000 }),
    ],
  },
  {
    id: "IMDS-7",
    level: "MUST",
    text: "If an answer does not end, the call does.",
    source: "sshd_config(5), LoginGraceTime; the memory of the machine",
    cases: [
      waiting("the document is followed by empty lines without end", { fault: "endless", path: "keys" }),
      waiting("the certificates are followed by empty lines without end", {
        fault: "endless-chunked",
        path: "signer-cert",
      }),
      waiting("the list of staples is 64 MiB long", { fault: "oversized", path: "signer-ocsp", bytes: 67_108_864 }),
    ],
  },
  {
    id: "IMDS-8",
    level: "MUST",
    text: "A redirect is not followed.",
    source: "reference agent (curl without --location); a redirect leads to another host",
    cases: [
      {
        ...failing("the document is answered with a redirect", { fault: "redirect", path: "keys" }),
        check: ({ requests }) =>
          requests.some(({ path }) => path.startsWith("/redirected")) ? "no request to the other place" : undefined,
      },
    ],
  },
  {
    id: "IMDS-9",
    level: "SHOULD",
    text: "A request that was turned away is repeated after a moment.",
    source: "EC2 user guide, Instance metadata query throttling: 503, and retry with backoff",
    cases: [
      passing("the first answer to the document is 503", { fault: "503", path: "keys", times: 1 }),
      passing("the first answer to the token is 503", { fault: "503", path: "token", times: 1 }),
      passing("the first answer to the certificates is 500", { fault: "500", path: "signer-cert", times: 1 }),
      passing("the first connection is reset", { fault: "reset", path: "token", times: 1 }),
      passing("the token has expired when the document is requested", { fault: "401", path: "keys", times: 1 }),
    ],
  },
  {
    id: "IMDS-10",
    level: "SHOULD",
    text: "A service that is slow for a moment does not cost a login.",
    source: "sshd_config(5), LoginGraceTime",
    cases: [ending("the document comes after 300 ms", { fault: "slow", path: "keys", ms: 300 })],
  },
];
