/**
 * Parses the lines of sshd (OpenSSH 8.0 to 10) that a login leaves. The same lines come from sshd and, since OpenSSH 9.8, from
 * sshd-session: the process that accepts a key is the monitor, and it also opens and closes the session of PAM. Pure.
 * @see OpenSSH, auth.c (auth_log, format_method_key), packet.c (sshpkt_vfatal), log.c (LOG_SYSLOG_VIS)
 */

export type SshdEvent =
  | ({ readonly kind: "accepted" } & AcceptedMethod)
  /** The method succeeded, and `AuthenticationMethods` wants another one as well. */
  | ({ readonly kind: "partial" } & AcceptedMethod)
  /** With LogLevel VERBOSE: the file, or the command with its words, that had the key. */
  | { readonly kind: "key-found"; readonly fingerprint: string; readonly source: string }
  /** PAM's session of the monitor has ended. */
  | { readonly kind: "closed"; readonly user: string }
  /** The connection has ended. The process of the user says so, with a process id that no other line has. */
  | ({ readonly kind: "disconnected" } & Peer);

export interface AcceptedMethod extends Peer {
  /** `publickey`, `password`, `keyboard-interactive/pam`, … */
  readonly method: string;
  /** Undefined for every method except `publickey`. */
  readonly key: LoginKey | undefined;
}

/** The user that logged in, and the client. */
export interface Peer {
  readonly user: string;
  readonly address: string;
  readonly port: number;
}

export interface LoginKey {
  /** As sshd writes it: RSA, ECDSA, ED25519, with -SK or -CERT. */
  readonly type: string;
  /** `SHA256:…` or `MD5:…`; undefined for a certificate in the form of OpenSSH 8.0. */
  readonly fingerprint: string | undefined;
  readonly certificate: boolean;
}

const FINGERPRINT = "SHA256:[A-Za-z0-9+/]{43}|MD5:(?:[0-9a-f]{2}:){15}[0-9a-f]{2}";
// The name comes first and is as short as possible: the text after it may contain " from " too, in the id of a certificate.
const ACCEPTED = /^(Accepted|Partial) (\S{1,64}) for (.{1,400}?) from (\S{1,200}) port (\d{1,5}) ssh2(?:: (.*))?$/;
const KEY = new RegExp(`^([A-Z][A-Z0-9-]{1,30})(?: (${FINGERPRINT}))?(?:$|, | ID )`);
const FOUND = new RegExp(`^Accepted key \\S{1,64} (${FINGERPRINT}) found at (.{1,4096}):\\d{1,9}$`);
const CLOSED = /^pam_unix\(sshd(?:-session)?:session\): session closed for user (.{1,400})$/;
// "authenticating user" and "invalid user" are connections without a login.
const DISCONNECTED =
  /^(?:Disconnected from|Disconnecting|Connection (?:closed|reset) by|Timeout, client not responding from) user (.{1,400}?) (\S{1,200}) port (\d{1,5})(?:$|:| )/;

/** The beginnings of all lines that `parseSshdLine` takes: a regular expression for journalctl and for whole files. */
export const SSHD_BEGINNINGS =
  "Accepted |Partial |pam_unix\\(sshd(-session)?:session\\): session closed|Disconnected from user |Disconnecting user |Connection (closed|reset) by user |Timeout, client not responding from user ";

/** Returns undefined for a line about anything else. */
export function parseSshdLine(message: string): SshdEvent | undefined {
  const accepted = ACCEPTED.exec(message);
  if (accepted !== null) {
    const [, word, method = "", user = "", address = "", port, rest] = accepted;
    const kind = word === "Partial" ? "partial" : "accepted";
    return { kind, method, ...peer(user, address, port), key: method === "publickey" ? keyIn(rest ?? "") : undefined };
  }
  const [, fingerprint, source] = FOUND.exec(message) ?? [];
  if (fingerprint !== undefined && source !== undefined) return { kind: "key-found", fingerprint, source };
  const [, user] = CLOSED.exec(message) ?? [];
  if (user !== undefined) return { kind: "closed", user: unescapeVis(user) };
  const [, gone, address = "", port] = DISCONNECTED.exec(message) ?? [];
  return gone === undefined ? undefined : { kind: "disconnected", ...peer(gone, address, port) };
}

const peer = (user: string, address: string, port: string | undefined): Peer => ({
  user: unescapeVis(user),
  address,
  port: Number(port),
});

function keyIn(text: string): LoginKey | undefined {
  const [, type, fingerprint] = KEY.exec(text) ?? [];
  return type === undefined ? undefined : { type, fingerprint, certificate: type.endsWith("-CERT") };
}

const LETTERS: Readonly<Record<string, string>> = { n: "\n", r: "\r", b: "\b", a: "\x07", v: "\v", t: "\t", f: "\f" };

/**
 * Undoes the escapes of vis(3), by which sshd writes every byte of a name outside of printable ASCII: `m\303\274ller`. The
 * records of this program have the same name in UTF-8.
 */
export function unescapeVis(text: string): string {
  if (!text.includes("\\")) return text;
  const bytes = text.replace(/\\(?:([0-3][0-7]{2})|(.))/g, (_, octal: string | undefined, letter: string) =>
    octal === undefined ? (LETTERS[letter] ?? letter) : String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
