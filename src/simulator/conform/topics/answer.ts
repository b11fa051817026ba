/** Time, many calls at once, and the form of the answer. */
import { linesOf } from "../assess.ts";
import { type Case, type PushedKey, printed, type Requirement, refusedKey, type Seen } from "../requirement.ts";

const good: PushedKey = { is: "printed" };
const CROWD = 6;
const HOUR = 3600;

/** Conditions for the first answer. */
const status0 = ({ answers }: Seen): string | undefined =>
  answers.every(({ status }) => status === 0) ? undefined : "exit status 0";
const exactly = ({ answers: [answer], keys: [key] }: Seen): string | undefined =>
  answer?.stdout === `${key?.line}\n` ? undefined : JSON.stringify(`${key?.line}\n`);
const oneLine = ({ answers: [answer], keys: [key] }: Seen): string | undefined =>
  answer?.stdout.split("\n").some((line) => line === key?.line || line.startsWith(`${key?.line} `)) &&
  answer.stdout.endsWith("\n")
    ? undefined
    : `a line that begins with ${key?.line}, and ends with a newline`;
const silent = ({ answers }: Seen): string | undefined =>
  answers.every(({ stdout }) => stdout === "") ? undefined : "no byte on standard output";
const noLine = ({ answers }: Seen): string | undefined =>
  answers.every(({ stdout }) => linesOf(stdout).length === 0) ? undefined : "no line on standard output";

/** A user for whom nothing was ever pushed. */
const nothing = (served: string, check: Case["check"]): Case => ({
  served,
  pushes: [],
  asks: (_, user) => [{ user, fingerprint: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }],
  ...(check === undefined ? {} : { check }),
});

export const ANSWER: readonly Requirement[] = [
  {
    id: "TIME-1",
    level: "MUST",
    text: "A key is printed only until its Timestamp; no tolerance prolongs it.",
    source: "API reference, SendSSHPublicKey: 60 seconds; reference agent (expiration)",
    cases: [
      refusedKey("the key has expired one second ago", { lifetimeSeconds: -1 }),
      refusedKey("the key has expired an hour ago", { lifetimeSeconds: -HOUR }),
      refusedKey("the Timestamp is 0", {
        fields: (usual) => usual.map((line) => line.replace(/^#Timestamp=.*/, "#Timestamp=0")),
      }),
    ],
  },
  {
    id: "TIME-2",
    level: "SHOULD",
    text: "A key that ends much later than in 60 seconds is refused.",
    source: "API reference, SendSSHPublicKey: no pushed key lives longer, so this clock or this key is wrong",
    cases: [
      refusedKey("the key ends in a day", { lifetimeSeconds: 24 * HOUR }),
      refusedKey("the key ends in 30,000 years", {
        fields: (usual) => usual.map((line) => line.replace(/^#Timestamp=.*/, "#Timestamp=999999999999")),
      }),
    ],
  },
  {
    id: "CONC-1",
    level: "MUST",
    text: "Calls at the same time are all answered, each with the keys of its user.",
    source: "sshd_config(5), MaxStartups: ten unauthenticated connections at once",
    cases: [
      {
        served: `${CROWD} users log in at once, each with a key`,
        pushes: Array.from({ length: CROWD }, (_, i) => ({ ...good, user: `eic-crowd-${i}` })),
        asks: (keys) => keys.map(({ user, fingerprint }) => ({ user, fingerprint })),
        atOnce: true,
      },
      {
        served: `one user logs in ${CROWD} times at once`,
        pushes: [good],
        asks: ([key], user) => Array.from({ length: CROWD }, () => ({ user, fingerprint: key?.fingerprint ?? "" })),
        atOnce: true,
      },
    ],
  },
  {
    id: "OUT-1",
    level: "MUST",
    text: "A printed key is one line, `type base64`, with a newline at its end, and the exit status is 0.",
    source: "sshd(8), AUTHORIZED_KEYS FILE FORMAT; sshd_config(5), AuthorizedKeysCommand",
    cases: [
      printed("a good key is served", { check: oneLine }),
      printed("a good key is served, and the exit status counts", { check: status0 }),
    ],
  },
  {
    id: "OUT-2",
    level: "SHOULD",
    text: "A printed key is exactly `type base64` and a newline, without the comment that was pushed.",
    source: "the caller who pushes a key chooses its comment",
    cases: [
      {
        served: "the key has a comment",
        pushes: [{ ...good, line: (key) => `${key.line} root@localhost with "quotes"` }],
        check: exactly,
      },
    ],
  },
  {
    id: "OUT-3",
    level: "MUST",
    text: "If no key is pushed for the user, no line is printed and the exit status is 0: the everyday answer.",
    source: "reference agent (404: exit 0); sshd logs every other status as a failure",
    cases: [
      nothing("the document is answered with 404", noLine),
      nothing("the document is answered with 404, and the exit status counts", status0),
    ],
  },
  {
    id: "OUT-4",
    level: "SHOULD",
    text: "A refusal prints no byte on standard output, not even an empty line.",
    source: "sshd(8), AUTHORIZED_KEYS FILE FORMAT",
    cases: [
      nothing("no key is pushed", silent),
      { ...refusedKey("the key has expired", { lifetimeSeconds: -1 }), check: silent },
      { ...refusedKey("the signature is forged", { signature: () => () => Buffer.alloc(256) }), check: silent },
    ],
  },
];
