/** Which instance this is, for which user, and which of the user's keys. */
import { type Ask, type Case, type PushedKey, printed, type Requirement, refused, refusedKey } from "../requirement.ts";

const OTHER = "i-0fffffffffffffff0";
const good: PushedKey = { is: "printed" };

/** A key is pushed for a user with this name, and is asked for. */
const forUser = (user: string, served: string): Case => ({
  served,
  pushes: [{ ...good, user }],
  asks: ([key]) => [{ user, fingerprint: key?.fingerprint ?? "" }],
});

/** A key is pushed for the user of the case, and another name is asked for that could be taken for it. */
const asAnother = (served: string, name: (user: string) => string): Case => ({
  served,
  pushes: [good],
  asks: ([key], user) => [{ user: name(user), fingerprint: key?.fingerprint ?? "" }],
});

/** Names that the API permits, and that a command could get wrong. They exist as users of the machine. */
export const ODD_USERS = {
  dotted: "first.last-name_2",
  mail: "alice@example.com",
  dollar: "machine$",
  digits: "1000x",
  long: `u${"x".repeat(31)}`,
} as const;

export const IDENTITY: readonly Requirement[] = [
  {
    id: "ID-1",
    level: "MUST",
    text: "A key that was signed for another instance is refused.",
    source: "reference agent (eic_parse_authorized_keys, instance_id)",
    cases: [
      refusedKey("the block names another instance", {
        fields: (usual) => usual.map((line) => line.replace(/^#Instance=.*/, `#Instance=${OTHER}`)),
      }),
    ],
  },
  {
    id: "ID-2",
    level: "MUST",
    text: "Nothing is printed if the metadata service names another instance than the machine itself.",
    source: "reference agent (board_asset_tag); an answer at the metadata address may be that of another instance",
    cases: [
      {
        served: "everything is that of another instance, and genuine",
        pushes: [
          {
            is: "refused",
            fields: (usual) => usual.map((line) => line.replace(/^#Instance=.*/, `#Instance=${OTHER}`)),
          },
        ],
        set: (stage) => stage.override("instance-id", Buffer.from(OTHER)),
      },
      refused("only the metadata's instance-id is another", {
        set: (stage) => stage.override("instance-id", Buffer.from(OTHER)),
      }),
    ],
  },
  {
    id: "ID-3",
    level: "MUST",
    text: "Nothing is printed on a machine that is not an EC2 instance.",
    source: "EC2 user guide, Identify EC2 instances; reference agent",
    cases: [
      refused("the DMI has another maker's asset tag", { machine: "not EC2" }),
      refused("the hypervisor's UUID does not begin with ec2", { machine: "another hypervisor" }),
      refused("the machine has neither", { machine: "no identity" }),
    ],
  },
  {
    id: "ID-4",
    level: "SHOULD",
    text: "On a machine that is not an EC2 instance, the metadata address is not asked at all.",
    source: "another cloud's or an attacker's service may answer there",
    cases: [
      {
        served: "the DMI has another maker's asset tag",
        machine: "not EC2",
        pushes: [{ is: "refused" }],
        check: ({ requests }) => (requests.length === 0 ? undefined : "no request to the metadata service"),
      },
    ],
  },
  {
    id: "ID-5",
    level: "MUST",
    text: "A Xen instance, whose hypervisor has a UUID that begins with ec2, gets its keys.",
    source: "EC2 user guide, Identify EC2 instances; reference agent (/sys/hypervisor/uuid)",
    cases: [printed("the machine is a Xen instance, without an id in its DMI", { machine: "xen" })],
  },
  {
    id: "USER-1",
    level: "MUST",
    text: "Only the keys of the user who logs in are printed.",
    source: "API reference, SendSSHPublicKey: InstanceOSUser",
    cases: [
      {
        served: "a key is pushed for another user only",
        pushes: [{ ...good, user: "eic-other-1" }],
        asks: ([key], user) => [{ user, fingerprint: key?.fingerprint ?? "" }],
      },
      {
        served: "two users have a key each",
        pushes: [good, { ...good, user: "eic-other-2" }],
        asks: ([own, other], user) => [own, other].map((key) => ({ user, fingerprint: key?.fingerprint ?? "" })),
      },
    ],
  },
  {
    id: "USER-2",
    level: "MUST",
    text: "Every name that the API permits can log in.",
    source: "API reference, SendSSHPublicKey: pattern of InstanceOSUser",
    cases: [
      forUser(ODD_USERS.dotted, "the name has dots, dashes and underscores"),
      forUser(ODD_USERS.mail, "the name has an at sign"),
      forUser(ODD_USERS.dollar, "the name ends in a dollar sign"),
      forUser(ODD_USERS.digits, "the name begins with digits"),
      forUser(ODD_USERS.long, "the name has 32 characters"),
    ],
  },
  {
    id: "USER-3",
    level: "MUST",
    text: "A name never reaches the keys of another name: it is one segment of a path, and nothing else of a URL.",
    source: "RFC 3986 section 3.3; reference agent (names with slashes)",
    cases: [
      asAnother("a path leads back to the user's keys", (user) => `x/../${user}`),
      asAnother("the name ends in a slash", (user) => `${user}/`),
      asAnother("the name has a query", (user) => `${user}?x=1`),
      asAnother("the name has a fragment", (user) => `${user}#x`),
      asAnother("the name is percent-encoded", (user) => user.replace("e", "%65")),
      asAnother("the name has a newline", (user) => `${user}\nx`),
      asAnother("the name is empty", () => ""),
    ],
  },
  {
    id: "FP-1",
    level: "MUST",
    text: "If sshd gives the fingerprint of the offered key, only that key is printed.",
    source: "sshd_config(5), TOKENS: %f; reference agent (expected_key)",
    cases: [
      {
        served: "three good keys are served, and one is offered",
        needsFingerprint: true,
        pushes: [good, good, good],
        asks: (keys, user) => keys.slice(1, 2).map(({ fingerprint }) => ({ user, fingerprint })),
        check: ({ answers: [answer], keys }) => {
          if (answer === undefined || answer.fingerprint === "") return undefined;
          const others = keys.filter((key) => key.fingerprint !== answer.fingerprint);
          return others.some((key) => answer.stdout.includes(key.blob)) ? "only the offered key" : undefined;
        },
      },
    ],
  },
  {
    id: "FP-2",
    level: "MUST",
    text: "If the offered key is not among the served keys, nothing is printed.",
    source: "sshd_config(5), TOKENS: %f; reference agent (expected_key)",
    cases: [
      {
        served: "a good key is served, and another is offered",
        needsFingerprint: true,
        pushes: [good],
        asks: (_, user): Ask[] => [{ user, fingerprint: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }],
        check: ({ answers: [answer], keys }) =>
          answer?.fingerprint !== "" && keys.some((key) => answer?.stdout.includes(key.blob)) ? "no key" : undefined,
      },
    ],
  },
];
