/** What each room of src may import: one row for each room, as in CONTRIBUTING. */

export interface Room {
  readonly room: RegExp;
  /** Packages and node: modules. */
  readonly packages: readonly RegExp[];
  /** Files of src, by their path relative to it. */
  readonly files: readonly RegExp[];
  /** Files from which only types may be imported. */
  readonly types?: readonly RegExp[];
}

const NODE = /^node:/;
const VERIFY_TYPES = /^verify\/(errors|evidence|verdict|x509\/anchor)\.ts$/;

/** The first row that matches a file applies. */
export const ROOMS: readonly Room[] = [
  { room: /^verify\//, packages: [/^node:crypto$/], files: [/^verify\//] },
  {
    room: /^metadata\//,
    packages: [/^node:http$/],
    files: [/^metadata\//, /^verify\/errors\.ts$/, /^deadline\.ts$/],
    types: [VERIFY_TYPES],
  },
  {
    room: /^host\//,
    packages: [/^node:(fs|path|crypto)$/],
    files: [/^host\//, /^errno\.ts$/, /^verify\/(errors|evidence)\.ts$/],
  },
  // What others need of the settings loads neither a file nor a parser.
  { room: /^settings\/limits\.ts$/, packages: [], files: [] },
  {
    room: /^settings\/defaults\.ts$/,
    packages: [],
    files: [/^settings\/limits\.ts$/, /^verify\/policy\.ts$/],
    types: [/^metadata\//, /^audit\/audit\.ts$/],
  },
  {
    room: /^settings\/load\.ts$/,
    packages: [],
    files: [/^settings\//, /^host\/trusted-files\.ts$/],
  },
  {
    room: /^settings\/(parse|shape|key-options)\.ts$/,
    packages: [/^smol-toml$/, /^valibot$/, /^node:net$/],
    files: [
      /^settings\/(defaults|limits|shape|key-options)\.ts$/,
      /^verify\/(errors|evidence|policy|ssh\/session-variables)\.ts$/,
    ],
    types: [/^metadata\//],
  },
  { room: /^request\.ts$/, packages: [/^node:path$/], files: [], types: [VERIFY_TYPES] },
  { room: /^authorize\.ts$/, packages: [], files: [], types: [/^verify\//, /^metadata\//, /^host\//] },
  {
    room: /^output\.ts$/,
    packages: [/^node:(fs|net)$/],
    files: [/^errno\.ts$/, /^verify\/errors\.ts$/],
    types: [/^deadline\.ts$/],
  },
  {
    room: /^reporter\.ts$/,
    packages: [/^node:(fs|tty)$/],
    files: [/^cli\/terminal-report\.ts$/],
    types: [VERIFY_TYPES, /^(authorize|request)\.ts$/],
  },
  { room: /^(deadline|errno|present)\.ts$/, packages: [], files: [] },
  {
    room: /^dependencies\.ts$/,
    packages: [],
    files: [/^(verify|host|metadata|settings)\//],
    types: [/^authorize\.ts$/],
  },
  {
    room: /^main\.ts$/,
    packages: [],
    files: [
      /^(authorize|deadline|output|recorder|reporter|request|dependencies)\.ts$/,
      /^settings\//,
      /^cli\/cli\.ts$/,
      /^chained\/run-chained\.ts$/,
      /^trial\/one-shot\.ts$/,
      /^service\/server\/(note|process)\.ts$/,
    ],
  },
  { room: /^bundle\.ts$/, packages: [], files: [/^main\.ts$/] },
  // All imports of these files are in the start-up snapshot; docs/decisions/0071-what-the-snapshot-holds.md.
  {
    room: /^executable\/(snapshot|warm-up)\.ts$/,
    packages: [/^node:(fs|v8)$/],
    files: [
      /^executable\//,
      /^(verify|host|metadata)\//,
      /^(authorize|request)\.ts$/,
      /^settings\/parse\.ts$/,
      /^audit\/audit\.ts$/,
    ],
  },
  { room: /^executable\//, packages: [/^node:(path|sea|v8|vm)$/], files: [/^executable\//, /^main\.ts$/] },
  {
    room: /^recorder\.ts$/,
    packages: [],
    files: [/^audit\/audit\.ts$/, /^verify\/errors\.ts$/, /^settings\/(defaults|limits)\.ts$/],
    types: [/^audit\/events\.ts$/, /^trial\/compare\.ts$/, /^(authorize|deadline)\.ts$/, VERIFY_TYPES],
  },
  {
    room: /^audit\//,
    packages: [/^pino$/, /^node:(child_process|net)$/],
    files: [/^audit\//, /^verify\/(escape|ssh\/authorized-key)\.ts$/],
    types: [VERIFY_TYPES, /^trial\/compare\.ts$/],
  },
  // A trial compares answers: trial/ judges none, and prints nothing.
  {
    room: /^trial\//,
    packages: [/^node:fs$/],
    files: [/^trial\//, /^verify\/(errors|ssh\/authorized-key)\.ts$/],
    types: [VERIFY_TYPES, /^(authorize|recorder)\.ts$/],
  },
  // exec/ runs another command, and chained/ joins its answer with that of this program.
  {
    room: /^chained\//,
    packages: [],
    files: [/^(chained|exec)\//, /^(deadline|output)\.ts$/, /^settings\/limits\.ts$/, /^verify\/verdict\.ts$/],
    types: [VERIFY_TYPES, /^(authorize|recorder|reporter)\.ts$/, /^settings\/defaults\.ts$/],
  },
  { room: /^exec\//, packages: [/^node:(child_process|os)$/], files: [/^exec\//, /^host\/program\.ts$/] },
  // The code that changes sshd's configuration imports the code that inspects it, never the reverse.
  {
    room: /^sshd\/wiring\//,
    packages: [/^node:(child_process|events|fs|path|timers\/promises)$/],
    files: [/^sshd\//, /^host\//, /^errno\.ts$/, /^verify\/errors\.ts$/],
  },
  {
    room: /^service\//,
    packages: [/^node:(fs|http|net|path|util|v8)$/, /^node-cache$/],
    files: [
      /^service\//,
      /^(audit|trial|verify|host|metadata)\//,
      /^(authorize|deadline|recorder|dependencies)\.ts$/,
      /^settings\//,
    ],
  },
  // sshd's decision about a login: pure, except look/. Foreign names are quoted here, since doctor and explain print them.
  {
    room: /^sshd\/login\/look\//,
    packages: [/^node:(fs|path)$/],
    files: [/^sshd\/(?!wiring)/, /^errno\.ts$/],
  },
  {
    room: /^sshd\/login\//,
    packages: [/^node:net$/],
    files: [/^sshd\/(login\/(?!look)|inspect\/openssh-versions\.ts$)/, /^present\.ts$/, /^verify\/verdict\.ts$/],
    types: [/^sshd\//],
  },
  {
    room: /^sshd\/inspect\//,
    // node:net: to recognize an address, and whether it belongs to this machine.
    packages: [/^node:(child_process|fs|net|path)$/],
    files: [/^sshd\/(?!wiring)/, /^host\//, /^errno\.ts$/, /^verify\/errors\.ts$/],
  },
  // Messages about the state of sshd: they read nothing from the host.
  {
    room: /^cli\/sshd\//,
    packages: [],
    files: [/^cli\/sshd\//, /^cli\/text\.ts$/, /^verify\/verdict\.ts$/, /^sshd\//],
  },
  // check/ is pure; probe/ reads the host, and doctor.ts combines the two.
  // child_process: the metadata service is queried as another user, which needs a separate process.
  {
    room: /^doctor\/(probe\/|doctor\.ts$)/,
    packages: [/^node:(child_process|fs|http|net|sea)$/],
    files: [/^(?!simulator\/)/],
  },
  {
    room: /^doctor\//,
    packages: [],
    files: [
      /^doctor\/(?!probe)/,
      /^cli\/text\.ts$/,
      /^verify\//,
      /^host\/installed-paths\.ts$/,
      /^present\.ts$/,
      /^sshd\/inspect\/(command-line|command-owner|config-walk|openssh-versions|own-lines|safe-path|unwired)\.ts$/,
      /^sshd\/inspect\/user-environment\.ts$/,
      /^sshd\/login\/(?!look)/,
      // For the same wording of the same facts.
      /^cli\/sshd\/(listening|session)-text\.ts$/,
    ],
    types: [/^(audit|host|service|sshd)\//, /^settings\/defaults\.ts$/, /^doctor\/probe\//],
  },
  {
    room: /^explain\//,
    packages: [NODE, /^valibot$/],
    files: [/^(explain|verify|metadata|host|settings|sshd|chained|exec)\//, /^(authorize|dependencies|present)\.ts$/],
  },
  // The journal is read through a child process, and text files as streams; the rest of the room is pure.
  {
    room: /^logins\/read\//,
    packages: [/^node:(child_process|fs|fs\/promises|path|stream|zlib)$/],
    files: [/^logins\//, /^errno\.ts$/, /^sshd\/inspect\/(accounts|effective|exec)\.ts$/],
  },
  { room: /^logins\//, packages: [], files: [/^logins\/(?!read)/] },
  { room: /^cli\//, packages: [NODE, /^yargs$/], files: [/^(?!simulator\/)/] },
  {
    room: /^simulator\//,
    packages: [
      NODE,
      /^yargs$/,
      /^smol-toml$/,
      /^reflect-metadata$/,
      /^@peculiar\//,
      /^@smithy\/signature-v4$/,
      /^@aws-sdk\/xml-builder$/,
    ],
    files: [/^simulator\//],
  },
];

/** Packages that only these files may import. */
export const DOORS: Record<string, RegExp> = {
  yargs: /^(cli|simulator)\//,
  "smol-toml": /^(settings\/parse\.ts$|simulator\/)/,
  pino: /^audit\/log\.ts$/,
  "node-cache": /^service\/cache\/ttl-cache\.ts$/,
  valibot: /^(settings\/(parse|shape)\.ts$|explain\/)/,
};
