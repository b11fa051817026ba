/** An explanation as text: the request, the time it took, the signer, the verdict on each key, and what to do. Pure. */

import type { Explanation } from "../../explain/explanation.ts";
import type { CertificateReport, SignerReport, StapleReport } from "../../explain/signer-report.ts";
import type { RequestReport, StepReport } from "../../explain/steps.ts";
import { type Colour, day, duration, fold, moment, plural, safe, secondsUntil, type TextStyle } from "../text.ts";
import { keyLines } from "./key-lines.ts";
import { hintLines, INDENT, NESTED_INDENT, section } from "./layout.ts";
import { nextLines, withoutKeyLines } from "./next.ts";
import { commandLines, sourceLines } from "./source.ts";

export function render(told: Explanation, style: TextStyle): string {
  const parts = [
    headLines(told, style),
    sourceLines(told, style),
    section("steps", stepLines(told, style), style),
    signerLines(told, style),
    stapleLines(told, style),
    keyLines(told, style),
    commandLines(told, style),
    answerLines(told, style),
  ];
  return parts.flatMap((lines) => (lines.length === 0 ? [] : [`${lines.join("\n")}\n`])).join("\n");
}

function headLines({ user, fingerprint, at, instance, source }: Explanation, { width, paint }: TextStyle): string[] {
  const key = fingerprint === null ? "every pushed key" : safe(fingerprint);
  const where =
    instance === null
      ? ""
      : ` on ${instance.id ?? "an EC2 instance"} (${IDENTITIES[instance.source] ?? safe(instance.source)})`;
  const [first = "", ...others] = fold(`${safe(user)}, ${key}${where}, as of ${moment(at)}`, width, INDENT, "");
  const as = source.kind === "service" ? [`  asked as ${asker(source.as)}`] : [];
  return [paint("bold", first), ...others, ...as];
}

const asker = ({ uid, name }: { uid: number; name: string | null }): string =>
  name === null ? (uid === 0 ? "root" : `user ${uid}`) : safe(name);

const IDENTITIES: Readonly<Record<string, string>> = {
  setting: "by [instance] id",
  dmi: "by the DMI",
  hypervisor: "by the hypervisor, which names no instance",
  unchecked: "not checked: [instance] check_identity is false",
};

const STEP_TITLES: Readonly<Record<StepReport["step"], string>> = {
  token: "token",
  keys: "keys",
  values: "values",
  certificates: "certificates",
  "staple-list": "staple list",
  staples: "staples",
};

function stepLines({ steps, verifyMilliseconds, signer }: Explanation, { width }: TextStyle): string[] {
  const lines = steps.flatMap(({ step, milliseconds, requests }) =>
    stepLine(STEP_TITLES[step], milliseconds, requests.map(outcome).join(", "), width),
  );
  return signer === null ? lines : [...lines, ...stepLine("judgement", verifyMilliseconds, "", width)];
}

function stepLine(title: string, milliseconds: number, what: string, width: number): string[] {
  const first = `  ${title.padEnd(14)}${`${milliseconds.toFixed(1)} ms`.padStart(10)}  `;
  return fold(what, width, first.length, first).map((line) => line.trimEnd());
}

function outcome({ status, failed, bytes, path }: RequestReport): string {
  if (failed !== null) return `no reply: ${safe(failed)}`;
  const size = bytes === null || status !== 200 ? "" : ` (${plural(bytes, "byte")})`;
  const name = /(instance-id|placement\/region|services\/domain)$/.exec(path)?.[0];
  return `${name === undefined ? "" : `${name} `}${status}${size}`;
}

function signerLines({ signer, anchors, at }: Explanation, style: TextStyle): string[] {
  if (signer === null) return [];
  const { paint } = style;
  const list = [...signer.path, ...(signer.anchor === null ? [] : [signer.anchor])];
  const label = ANCHORS[anchors];
  const tree = list.flatMap((certificate, depth) => {
    const branch = depth === 0 ? "  " : `  ${"   ".repeat(depth - 1)}└─ `;
    const ended = depth === signer.path.length ? `, ${label}` : "";
    const text = `${safe(certificate.title)}  ${validity(certificate, at)}${ended}`;
    return fold(text, style.width, branch.length + 2, branch).map((line) =>
      line.replace(label, paint(anchors === "capture" ? "red" : "green", label)),
    );
  });
  const lines = tree.length > 0 ? tree : ["  no path to a trusted root was found"];
  return section(`signer  ${signer.name ?? "(no name)"}`, [...lines, ...unusedLines(signer, style)], style);
}

const ANCHORS: Readonly<Record<Explanation["anchors"], string>> = {
  pinned: "anchor, pinned",
  settings: "anchor, from the settings",
  capture: "anchor FROM THE CAPTURE",
};

function validity({ notBefore, notAfter }: CertificateReport, at: string): string {
  const left = secondsUntil(notAfter, at);
  const state =
    left < 0 ? `expired ${duration(left)} ago` : secondsUntil(notBefore, at) > 0 ? "not yet" : `${duration(left)} left`;
  return `${day(notBefore)} to ${day(notAfter)}, ${state}`;
}

function unusedLines({ path, unused, unreadable }: SignerReport, { width }: TextStyle): string[] {
  const bad = unreadable === 0 ? [] : [`${unreadable} that cannot be read`];
  const names = [...unused.map(({ title, issuer }) => `${safe(title)} by ${safe(issuer)}`), ...bad];
  if (names.length === 0) return [];
  return fold(`${path.length === 0 ? "served" : "also served"}: ${names.join("; ")}`, width, 4, "  ");
}

function stapleLines({ staples, staplesListed, at }: Explanation, style: TextStyle): string[] {
  const lines = staples.flatMap((staple) => stapleLine(staple, at, style));
  const count = staplesListed === null ? "" : `  ${staples.length} of ${staplesListed} fetched`;
  return section(`staples${count}`, lines, style);
}

function stapleLine(
  { name, status, about, message, thisUpdate, nextUpdate }: StapleReport,
  at: string,
  style: TextStyle,
) {
  const { paint, width } = style;
  const [word, colour] = STANDINGS.get(status) ?? (["flawed", "red"] as const);
  const short = name.length > 16 ? `${safe(name.slice(0, 12))}...` : safe(name);
  const whom = about === null ? (status === "unused" ? "about no certificate of the path" : short) : safe(about);
  const times = thisUpdate === null ? "" : `, ${age(thisUpdate, at)}${end(nextUpdate, at)}`;
  const why =
    message === null ? [] : fold(`${word === "flawed" ? `${status}: ` : ""}${safe(message)}`, width, NESTED_INDENT);
  const [first = "", ...others] = fold(`${whom}${times}`, width, NESTED_INDENT, `  ${word.padEnd(8)}  `);
  return [first.replace(word, paint(colour, word)), ...others, ...why];
}

/** Every other status is the code of what is wrong with the staple. */
const STANDINGS = new Map<string, readonly [string, Colour]>([
  ["good", ["good", "green"]],
  ["revoked", ["revoked", "red"]],
  ["unused", ["unused", "dim"]],
]);

const age = (thisUpdate: string, at: string): string => {
  const old = -secondsUntil(thisUpdate, at);
  return old < 0 ? `begins in ${duration(old)}` : `${duration(old)} old`;
};

const end = (nextUpdate: string | null, at: string): string => {
  if (nextUpdate === null) return ", without an end";
  const left = secondsUntil(nextUpdate, at);
  return left < 0 ? `, ended ${duration(left)} ago` : `, ${duration(left)} left`;
};

function answerLines(told: Explanation, style: TextStyle): string[] {
  const { answer } = told;
  const { paint, width } = style;
  const name = safe(told.user);
  if (answer.kind === "fault") {
    const facts = Object.entries(answer.facts).map(([fact, value]) => `  ${fact}: ${safe(String(value))}`);
    const said = fold(`${answer.code}: ${safe(answer.message)}`, width, INDENT, "");
    const first = [...said.map((line) => paint("red", line)), ...facts, ...hintLines(answer.hint, INDENT, width)];
    return [...first, ...withoutKeyLines(told, style)];
  }
  if (answer.kind === "no-keys") {
    return [
      ...fold(`no key for ${name}: ${answer.message}`, width, INDENT, ""),
      ...hintLines(answer.hint, INDENT, width),
      ...withoutKeyLines(told, style),
    ];
  }
  return judgedLines(answer, told, style);
}

function judgedLines(
  { accepted, refused }: Extract<Explanation["answer"], { kind: "judged" }>,
  told: Explanation,
  style: TextStyle,
): string[] {
  const { source, verified, user, anchors, keys } = told;
  const { paint } = style;
  // A key that was pushed twice is passed to sshd once.
  const distinct = new Set(keys.flatMap((key) => (key.verdict === "accepted" ? [key.fingerprint] : []))).size;
  const count = distinct === 0 ? "no key" : plural(distinct, "key");
  const rest = refused === 0 ? "" : `, ${refused} refused`;
  if (source.kind === "capture") {
    const worth = verified ? (anchors === "capture" ? "by the file's own anchors: " : "") : "as recorded, not proven: ";
    return [
      paint(worth === "" && accepted > 0 ? "green" : "yellow", `${worth}${count} accepted for ${safe(user)}${rest}`),
    ];
  }
  const head = `${count} accepted for ${safe(user)}${rest}`;
  if (distinct === 0) return [paint("yellow", head), ...withoutKeyLines(told, style)];
  return nextLines(head, told, style);
}
