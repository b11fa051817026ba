/** Judges whether sshd accepts a key: its algorithm, an RSA key's size, and whether it is revoked. Pure. */
import { quoted } from "../../verify/verdict.ts";
import { isTrueFor, OPENSSH } from "../inspect/openssh-versions.ts";
import { by, type LoginFacts, valueIn } from "./facts.ts";
import { matchesList } from "./names.ts";
import { type Rule, rulesOf } from "./rule.ts";

const { letsIn, rule, needsRoot } = rulesOf("keys");

/** A pushed key. */
export interface LoginKey {
  readonly type: string;
  /** Size of an RSA key's modulus. */
  readonly bits: number | undefined;
  readonly fingerprint: string;
  /** Whether RevokedKeys has it; undefined if that is not known. */
  readonly revoked: "no" | "yes" | "error" | undefined;
}

/** @param line `type base64` */
export function loginKey(line: string, fingerprint: string, revoked: LoginKey["revoked"]): LoginKey {
  const [type = "", base64 = ""] = line.split(" ");
  return {
    type,
    fingerprint,
    revoked,
    bits: type === "ssh-rsa" ? modulusBits(Buffer.from(base64, "base64")) : undefined,
  };
}

/** Reads a modulus (RFC 4253 §6.6): `ssh-rsa`, e, n, each with its length in front. An mpint's first byte may be 0. */
function modulusBits(blob: Buffer): number | undefined {
  let at = 0;
  let part: Buffer = Buffer.alloc(0);
  for (let i = 0; i < 3; i += 1) {
    if (at + 4 > blob.length) return undefined;
    const length = blob.readUInt32BE(at);
    part = blob.subarray(at + 4, at + 4 + length);
    at += 4 + length;
  }
  const first = part.findIndex((byte) => byte !== 0);
  return first === -1 ? undefined : (part.length - first) * 8 - Math.clz32(part[first] ?? 0) + 24;
}

/** Judges a key. Without `key`: any key that can be pushed, which is ed25519 or RSA. */
export function judgeKey(facts: LoginFacts, key?: LoginKey): Rule[] {
  const revoked = revocation(facts, key);
  if (facts.sshd.kind === "unknown") return [];
  return [...(key === undefined ? anyKey(facts) : [algorithm(facts, key), ...size(facts, key)]), ...revoked];
}

const ED25519 = "ssh-ed25519";
const RSA_SHA2 = ["rsa-sha2-512", "rsa-sha2-256"];

/** Returns the setting PubkeyAcceptedAlgorithms, once called PubkeyAcceptedKeyTypes (openssh-versions.ts). */
function accepted(facts: LoginFacts): { name: string; list: string; place: string } | undefined {
  for (const name of ["PubkeyAcceptedAlgorithms", "PubkeyAcceptedKeyTypes"]) {
    const list = valueIn(facts, name.toLowerCase());
    if (list !== undefined) return { name, list, place: by(facts, name.toLowerCase()) };
  }
  return undefined;
}

/** Returns the signature algorithms of a key type. An older sshd compares the list with the type itself. */
function algorithmsOf(type: string, version: string | undefined): readonly string[] {
  if (type !== "ssh-rsa") return [type];
  return isTrueFor(OPENSSH.rsaBySignature, version) === false ? ["ssh-rsa", ...RSA_SHA2] : RSA_SHA2;
}

const takes = (list: string, type: string, version: string | undefined): boolean =>
  algorithmsOf(type, version).some((one) => matchesList(one, list));

function algorithm(facts: LoginFacts, { type }: LoginKey): Rule {
  const found = accepted(facts);
  const name = found?.name ?? "PubkeyAcceptedAlgorithms";
  if (found === undefined) return rule("not-known", name, `this sshd does not say its ${name}`, "ask: sshd -T");
  const wanted = algorithmsOf(type, facts.version);
  if (takes(found.list, type, facts.version)) return letsIn(name, `${name} has ${wanted.join(" or ")}`);
  return rule(
    "refuses",
    name,
    `${name} has no ${wanted.join(" or ")}, which this ${type} key needs${found.place}`,
    `push a key of another type, or add ${wanted[0]} to ${name}`,
    `userauth_pubkey: signature algorithm ${wanted[0]} not in ${name}`,
  );
}

function anyKey(facts: LoginFacts): Rule[] {
  const found = accepted(facts);
  if (found === undefined) return [];
  const { name, list, place } = found;
  const lacks = [ED25519, "ssh-rsa"].filter((type) => !takes(list, type, facts.version));
  const words = lacks.map((type) => algorithmsOf(type, facts.version).join(" or "));
  const line = lacks.map((type) => algorithmsOf(type, facts.version)[0])[0];
  const log = `userauth_pubkey: signature algorithm ${line} not in ${name}`;
  if (lacks.length === 2) {
    const message = `${name} has neither ${words.join(" nor ")}${place}: sshd accepts no key that can be pushed`;
    return [rule("refuses", name, message, `add ${ED25519} to ${name}`, log)];
  }
  const [lack] = lacks;
  if (lack !== undefined) {
    const message = `${name} has no ${words[0]}${place}: pushed ${lack} keys are refused`;
    return [rule("depends", name, message, `push keys of the other type, or add ${words[0]?.split(" ")[0]}`, log)];
  }
  return [letsIn(name, `${name} has ed25519 and RSA`), ...anySize(facts)];
}

/** Returns the minimum RSA size: RequiredRSASize (openssh-versions.ts), RSAMinSize in the earlier sshd of EL. */
function minimum(facts: LoginFacts): { name: string; bits: number; place: string } | undefined {
  for (const name of ["RequiredRSASize", "RSAMinSize"]) {
    const bits = Number(valueIn(facts, name.toLowerCase()));
    if (Number.isInteger(bits) && bits > 0) return { name, bits, place: by(facts, name.toLowerCase()) };
  }
  return undefined;
}

/** Common size of RSA keys, in bits. */
const COMMON_BITS = 2048;

function anySize(facts: LoginFacts): Rule[] {
  const found = minimum(facts);
  if (found === undefined || found.bits <= COMMON_BITS) return [];
  const { name, bits, place } = found;
  const message = `${name} ${bits}${place}: pushed RSA keys with fewer bits are refused`;
  return [rule("depends", name, message, "push ed25519 keys, or RSA keys that are long enough", SIZE_LINE)];
}

const SIZE_LINE = "refusing RSA key: Invalid key length";

function size(facts: LoginFacts, { type, bits }: LoginKey): Rule[] {
  const found = minimum(facts);
  if (type !== "ssh-rsa" || found === undefined) return [];
  const { name, bits: least, place } = found;
  if (bits === undefined) return [rule("not-known", name, "the key's size cannot be read", "push another key")];
  if (bits >= least) return [letsIn(name, `${name} ${least}, the key has ${bits}`)];
  const message = `${name} is ${least}${place}, and this RSA key has ${bits} bits`;
  return [rule("refuses", name, message, "push an ed25519 key, or an RSA key that is long enough", SIZE_LINE)];
}

function revocation(facts: LoginFacts, key: LoginKey | undefined): Rule[] {
  const { revocation: found } = facts;
  const name = "RevokedKeys";
  if (found.kind === "none") return [];
  const path = quoted(found.path);
  const unsure = "Error checking authentication key … in revoked keys file …";
  if (found.kind === "closed") return [needsRoot(name, `${name} ${path}`)];
  if (found.kind === "broken") {
    const message = `${name} ${path} cannot be read (${found.why})${by(facts, "revokedkeys")}: sshd refuses every key`;
    return [rule("refuses", name, message, "repair that file, or remove the line", unsure)];
  }
  if (key === undefined) return [letsIn(name, `${name} ${path} can be read; explain says whether it has a key`)];
  switch (key.revoked) {
    case "no":
      return [letsIn(name, `${name} ${path} does not have the key`)];
    case "yes":
      return [
        rule(
          "refuses",
          name,
          `${name} ${path} has this key`,
          "push another key",
          "Authentication key … revoked by file …",
        ),
      ];
    case "error":
      return [
        rule(
          "refuses",
          name,
          `${name} ${path} is neither a list of keys nor a KRL: sshd refuses every key`,
          "repair that file",
          unsure,
        ),
      ];
    default:
      return [
        rule(
          "not-known",
          name,
          `whether ${name} ${path} has the key is not known`,
          `ssh-keygen -Q -f ${found.path} KEY.pub`,
        ),
      ];
  }
}
