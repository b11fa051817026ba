/**
 * Removes people's names from a capture: account ids, principals, session names, and the comments of keys. The same name is
 * replaced by the same word everywhere, so that related entries can still be matched. Pure. Instance, user, region, request
 * ids, fingerprints and public keys are kept: without them the call could not be explained.
 */
import { quoted } from "../verify/verdict.ts";
import type { Capture } from "./capture.ts";
import type { KeyReport } from "./keys.ts";
import type { Recorded } from "./recording.ts";

/** An ARN; some have an empty account. */
const ARN = /arn:([a-z0-9-]*):([a-z0-9-]*):([a-z0-9-]*):([^:\s"]*):([^\s"]+)/;
const ANY_ARN = new RegExp(ARN, "g");
const ONE_ARN = new RegExp(`^${ARN.source}$`);

export function redacted(capture: Capture): Capture {
  const names = new Names();
  const { rules, recorded } = capture;
  const policyRules = rules.policy.rules.map((rule) => ({
    ...rule,
    callers: rule.callers.map((one) => names.arns(one)),
  }));
  return {
    ...capture,
    redacted: true,
    records: capture.records.map((record) => redactedRecord(record, names)),
    rules: { ...rules, policy: { ...rules.policy, rules: policyRules } },
    recorded: { answer: recorded.answer, keys: recorded.keys.map((key) => redactedKey(key, names)) },
  };
}

function redactedKey(key: KeyReport, names: Names): KeyReport {
  const caller = key.caller === null ? null : names.caller(key.caller);
  if (key.verdict === "refused") return { ...key, ...redactedWords(key, names), caller };
  return {
    ...key,
    caller,
    options: key.options === null ? null : names.arns(key.options),
    reported: key.reported && { ...key.reported, ...redactedWords(key.reported, names) },
  };
}

/** Replaces names in a refusal. Its sentence quotes the caller, cut and escaped, so the quoted form is searched for. */
function redactedWords({ message, facts }: { message: string; facts: KeyFacts }, names: Names) {
  const { caller } = facts;
  if (typeof caller !== "string") return { message: names.arns(message), facts };
  const word = names.caller(caller);
  return { message: message.replaceAll(quoted(caller), quoted(word)), facts: { ...facts, caller: word } };
}

type KeyFacts = Extract<KeyReport, { verdict: "refused" }>["facts"];

/** Replacement words for names, numbered in the order in which the names are found. */
class Names {
  readonly #words = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** Replaces a whole caller: an ARN, or any other text. */
  caller(text: string): string {
    const found = ONE_ARN.exec(text);
    return found === null ? this.#word("caller", text) : this.#arn(found);
  }

  /** Replaces the ARNs in a text. */
  arns(text: string): string {
    return text.replace(ANY_ARN, (...found) => this.#arn(found));
  }

  comment(text: string): string {
    return this.#word("comment", text);
  }

  /** Replaces the names in an ARN. `assumed-role/Admin/session` keeps its kind; `*` is kept for the patterns of a policy. */
  #arn([, partition = "", service = "", region = "", account = "", resource = ""]: readonly string[]): string {
    const [kind = "", ...names] = resource.split("/");
    const session = kind === "assumed-role" && names.length > 1 ? names.length - 1 : -1;
    const words = names.map((name, i) => this.#word(i === session ? "session" : "principal", name));
    const who = names.length === 0 && kind !== "root" ? [this.#word("principal", kind)] : [kind, ...words];
    return `arn:${partition}:${service}:${region}:${this.#word("account", account)}:${who.join("/")}`;
  }

  #word(kind: string, name: string): string {
    if (name === "" || name === "*") return name;
    const key = `${kind} ${name}`;
    const before = this.#words.get(key);
    if (before !== undefined) return before;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    // An account keeps twelve digits, so that programs can still parse the ARN.
    const word = kind === "account" ? String(count).padStart(12, "0") : `${kind}-${count}`;
    this.#words.set(key, word);
    return word;
  }
}

const CALLER = "#Caller=";

function redactedRecord(record: Recorded, names: Names): Recorded {
  if (record.kind === "failed" || !Buffer.isBuffer(record.body)) return record;
  if (!record.path.includes("/active-keys/")) return record;
  const text = record.body.toString("latin1");
  return {
    ...record,
    body: Buffer.from(
      text
        .split("\n")
        .map((line) => redactedLine(line, names))
        .join("\n"),
      "latin1",
    ),
  };
}

function redactedLine(line: string, names: Names): string {
  if (line.startsWith(CALLER)) return `${CALLER}${names.caller(line.slice(CALLER.length))}`;
  if (line.startsWith("#")) return names.arns(line);
  // A key line: the text after the key is a comment, which mostly names a user and a machine.
  const words = line.split(" ");
  const end = words.findIndex((word) => word.startsWith("AAAA")) + 1;
  if (end === 0 || end === words.length) return line;
  return [...words.slice(0, end), names.comment(words.slice(end).join(" "))].join(" ");
}
