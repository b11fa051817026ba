/**
 * Lines of sshd: those of 9.2 as logged by a real one in the tests of logins, the others by the formats in the sources of their
 * versions, which differ in the form of certificates and in the names of processes.
 */
import { describe, expect, test } from "vitest";
import { parseSshdLine, SSHD_BEGINNINGS, unescapeVis } from "../../src/logins/sshd-line.ts";

const SHA = "SHA256:mF7EA88KIgOYPG9j2dUI8LSoYgEN1xY9vZfUmqERgy0";
const CA = "SHA256:Js0iyrMA9mTR7r6Zt/hDZr8SZtpbj1ygYyK8SoOKmms";
const MD5 = "MD5:30:63:7e:98:a7:cd:72:53:c2:a7:1a:65:b7:55:eb:0d";
const alice = { user: "alice", address: "203.0.113.7", port: 50032 };
const from = "for alice from 203.0.113.7 port 50032 ssh2";
const key = (type: string, fingerprint: string | undefined = SHA) => ({
  type,
  fingerprint,
  certificate: type.endsWith("-CERT"),
});
const publickey = (found: object) => ({ kind: "accepted", method: "publickey", ...alice, key: found });

describe("a line about a login", () => {
  test.each([
    { line: `Accepted publickey ${from}: ED25519 ${SHA}`, event: publickey(key("ED25519")) },
    { line: `Accepted publickey ${from}: RSA ${SHA}`, event: publickey(key("RSA")) },
    { line: `Accepted publickey ${from}: ECDSA ${SHA}`, event: publickey(key("ECDSA")) },
    { line: `Accepted publickey ${from}: ED25519-SK ${SHA}`, event: publickey(key("ED25519-SK")) },
    { line: `Accepted publickey ${from}: ED25519 ${MD5}`, event: publickey(key("ED25519", MD5)) },
    {
      line: `Accepted publickey ${from}: ED25519-CERT ID bob@corp (serial 7) CA RSA ${CA}`,
      event: publickey({ type: "ED25519-CERT", fingerprint: undefined, certificate: true }),
    },
    {
      line: `Accepted publickey ${from}: RSA-CERT ${SHA} ID bob from 1.2.3.4 port 5 ssh2: RSA ${CA} (serial 7) CA RSA ${CA}`,
      event: publickey(key("RSA-CERT")),
    },
    {
      line: `Partial publickey ${from}: ED25519 ${SHA}`,
      event: { ...publickey(key("ED25519")), kind: "partial" },
    },
    {
      line: `Accepted keyboard-interactive/pam ${from}`,
      event: { ...publickey({}), method: "keyboard-interactive/pam", key: undefined },
    },
    { line: `Accepted password ${from}`, event: { ...publickey({}), method: "password", key: undefined } },
    {
      line: `Accepted publickey for m\\303\\274ller from 2001:db8::7 port 22 ssh2: RSA ${SHA}`,
      event: { ...publickey(key("RSA")), user: "müller", address: "2001:db8::7", port: 22 },
    },
    {
      line: `Accepted publickey for CORP\\\\john doe from UNKNOWN port 65535 ssh2: RSA ${SHA}`,
      event: { ...publickey(key("RSA")), user: "CORP\\john doe", address: "UNKNOWN", port: 65535 },
    },
    {
      line: `Accepted key ED25519 ${SHA} found at /usr/libexec/eic-agent/authorized-keys %u %f:1`,
      event: { kind: "key-found", fingerprint: SHA, source: "/usr/libexec/eic-agent/authorized-keys %u %f" },
    },
    { line: "pam_unix(sshd:session): session closed for user alice", event: { kind: "closed", user: "alice" } },
    { line: "Disconnected from user alice 203.0.113.7 port 50032", event: { kind: "disconnected", ...alice } },
    { line: "Connection closed by user alice 203.0.113.7 port 50032", event: { kind: "disconnected", ...alice } },
    { line: "Connection reset by user alice 203.0.113.7 port 50032", event: { kind: "disconnected", ...alice } },
    {
      line: "Timeout, client not responding from user alice 203.0.113.7 port 50032",
      event: { kind: "disconnected", ...alice },
    },
    {
      line: "Disconnecting user alice 203.0.113.7 port 50032: Too many authentication failures",
      event: { kind: "disconnected", ...alice },
    },
  ])("$line", ({ line, event }) => {
    expect(parseSshdLine(line)).toEqual(event);
    if (event.kind !== "key-found") expect(line).toMatch(new RegExp(`^(${SSHD_BEGINNINGS})`));
  });
});

describe("a line about something else", () => {
  test.each([
    "Server listening on 0.0.0.0 port 22.",
    'Connection from 127.0.0.1 port 50032 on 127.0.0.1 port 22 rdomain ""',
    `Postponed publickey ${from} [preauth]`,
    `Failed publickey for invalid user Accepted publickey for root from 203.0.113.7 port 1 ssh2: RSA ${SHA}`,
    `Failed password for invalid user x\\nAccepted publickey for root from 203.0.113.7 port 1 ssh2: RSA ${SHA}`,
    "Invalid user Accepted publickey for root from 203.0.113.7 port 22",
    "Connection closed by authenticating user root 203.0.113.7 port 50032 [preauth]",
    "Connection closed by invalid user user alice 203.0.113.7 port 50032 [preauth]",
    "Disconnected from 203.0.113.7 port 50032 [preauth]",
    "Received disconnect from 203.0.113.7 port 50032:11: disconnected by user",
    "Starting session: shell on pts/0 for alice from 203.0.113.7 port 50032 id 0",
    "Close session: user alice from 203.0.113.7 port 50032 id 0",
    "User child is on pid 133",
    "pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)",
    "pam_unix(su:session): session closed for user alice",
    ` Accepted publickey ${from}: RSA ${SHA}`,
    `accepted publickey ${from}: RSA ${SHA}`,
    "",
  ])("%s", (line) => {
    expect(parseSshdLine(line)).toBeUndefined();
  });

  test("and a key of an unknown form is a login without a known key", () => {
    expect(parseSshdLine(`Accepted publickey ${from}: ED25519 SHA512:abc`)).toMatchObject({ key: undefined });
  });
});

test.each([
  ["plain", "plain"],
  ["m\\303\\274ller", "müller"],
  ["a\\\\b", "a\\b"],
  ["a\\nb\\tc", "a\nb\tc"],
  ["\\033[2J", "\x1b[2J"],
  ["end\\", "end\\"],
])("%j is %j without the escapes of vis(3)", (written, text) => {
  expect(unescapeVis(written)).toBe(text);
});
