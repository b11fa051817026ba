/** Import rules, what verify/ must not use, and the maximum length of a file. One row for each room, as in CONTRIBUTING. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

interface Room {
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
const ROOMS: readonly Room[] = [
  { room: /^verify\//, packages: [/^node:crypto$/], files: [/^verify\//] },
  {
    room: /^metadata\//,
    packages: [/^node:http$/],
    files: [/^metadata\//, /^verify\/errors\.ts$/],
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
    room: /^settings\/parse\.ts$/,
    packages: [/^smol-toml$/, /^valibot$/, /^node:net$/],
    files: [/^settings\/(defaults|limits)\.ts$/, /^verify\/(errors|policy)\.ts$/, /^host\/instance\.ts$/],
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
    types: [/^audit\/events\.ts$/, /^(authorize|deadline)\.ts$/, VERIFY_TYPES],
  },
  {
    room: /^audit\//,
    packages: [/^pino$/, /^node:(child_process|net)$/],
    files: [/^audit\//, /^verify\/(escape|ssh\/authorized-key)\.ts$/],
    types: [VERIFY_TYPES],
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
      /^(audit|verify|host|metadata)\//,
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
    files: [/^sshd\/login\/(?!look)/, /^present\.ts$/, /^verify\/verdict\.ts$/],
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
      /^sshd\/inspect\/(command-line|command-owner|config-walk|own-lines|safe-path|unwired)\.ts$/,
      /^sshd\/login\/(?!look)/,
      // For the same wording of the same facts.
      /^cli\/sshd\/listening\.ts$/,
    ],
    types: [/^(audit|host|service|sshd)\//, /^settings\/defaults\.ts$/, /^doctor\/probe\//],
  },
  {
    room: /^explain\//,
    packages: [NODE, /^valibot$/],
    files: [/^(explain|verify|metadata|host|settings|sshd|chained|exec)\//, /^(authorize|dependencies|present)\.ts$/],
  },
  { room: /^cli\//, packages: [NODE, /^yargs$/], files: [/^(?!simulator\/)/] },
  {
    room: /^simulator\//,
    packages: [NODE, /^yargs$/, /^smol-toml$/, /^reflect-metadata$/, /^@peculiar\//, /^@smithy\/signature-v4$/],
    files: [/^simulator\//],
  },
];

/** Packages that only these files may import. */
const DOORS: Record<string, RegExp> = {
  yargs: /^(cli|simulator)\//,
  "smol-toml": /^(settings\/parse\.ts$|simulator\/)/,
  pino: /^audit\/log\.ts$/,
  "node-cache": /^service\/cache\/ttl-cache\.ts$/,
  valibot: /^(settings\/parse\.ts$|explain\/)/,
};

const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

interface Import {
  readonly name: string;
  readonly typeOnly: boolean;
}

/** Finds imports in every form that this project uses, as text: TypeScript 7 has no compiler API. */
function importsOf(file: string): Import[] {
  const source = readFileSync(join("src", file), "utf8");
  // `typeof import("…")` imports a type; a plain import("…") does not.
  const forms: [RegExp, boolean][] = [
    [/(?:^|\n)(?:import|export)\s+type\s[^;"']*?from\s+"([^"]+)"/g, true],
    [/(?:^|\n)(?:import|export)\s+(?!type\s)[^;"']*?from\s+"([^"]+)"/g, false],
    [/(?:^|\n)import\s+"([^"]+)"/g, false],
    [/typeof import\("([^"]+)"\)/g, true],
    [/(?<!typeof )\bimport\("([^"]+)"\)/g, false],
    [/getBuiltinModule\("([^"]+)"\)/g, false],
    [/\brequire\("([^"]+)"\)/g, false],
  ];
  return forms.flatMap(([form, typeOnly]) => [...source.matchAll(form)].map(([, name = ""]) => ({ name, typeOnly })));
}

function isAllowed(file: string, { name, typeOnly }: Import): boolean {
  const room = ROOMS.find((row) => row.room.test(file));
  if (room === undefined) return false;
  if (!name.startsWith(".")) return room.packages.some((allowed) => allowed.test(name));
  const target = normalize(join(dirname(file), name));
  if (!existsSync(join("src", target))) return false;
  return (
    room.files.some((allowed) => allowed.test(target)) ||
    (typeOnly && (room.types ?? []).some((allowed) => allowed.test(target)))
  );
}

describe("the import table", () => {
  test("covers every file", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter((file) => !ROOMS.some(({ room }) => room.test(file)))).toEqual([]);
  });

  test.each(files.map((file) => ({ file })))("$file imports only what its room may", ({ file }) => {
    expect(
      importsOf(file)
        .filter((found) => !isAllowed(file, found))
        .map(({ name }) => name),
    ).toEqual([]);
  });

  test.each(Object.entries(DOORS).map(([name, door]) => ({ name, door })))("$name has one door", ({ name, door }) => {
    const users = files.filter((file) => importsOf(file).some((found) => found.name === name));
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((file) => !door.test(file))).toEqual([]);
  });

  test.each([
    { file: "verify/verifier.ts", name: "node:fs", typeOnly: false },
    { file: "verify/verifier.ts", name: "../settings/defaults.ts", typeOnly: true },
    { file: "metadata/fetch.ts", name: "../verify/verifier.ts", typeOnly: false },
    { file: "simulator/authority/authority.ts", name: "../../verify/der/der.ts", typeOnly: false },
    { file: "main.ts", name: "yargs", typeOnly: false },
    { file: "main.ts", name: "./simulator/main.ts", typeOnly: false },
    { file: "new-room/file.ts", name: "node:fs", typeOnly: false },
  ])("would refuse $name in $file", ({ file, name, typeOnly }) => {
    expect(isAllowed(file, { name, typeOnly })).toBe(false);
  });
});

describe("verify/", () => {
  test.each(files.filter((file) => file.startsWith("verify/")).map((file) => ({ file })))(
    "$file reads no clock and no environment",
    ({ file }) => {
      const source = readFileSync(join("src", file), "utf8");
      expect(source).not.toMatch(
        /Date\.now\(|new Date\(\)|performance\.|Math\.random|process\.|fetch\(|setTimeout|globalThis/,
      );
    },
  );
});

describe("every source file", () => {
  test.each(files.map((file) => ({ file })))(
    "$file is at most 250 lines long and begins with a comment",
    ({ file }) => {
      const source = readFileSync(join("src", file), "utf8");
      expect(source.split("\n").length - 1).toBeLessThanOrEqual(250);
      expect(source).toMatch(/^\/\*\*/);
    },
  );

  test.each(files.map((file) => ({ file })))("$file writes standard output only if it is a door", ({ file }) => {
    const doors = /^(main\.ts|output\.ts|cli\/|simulator\/)/;
    if (doors.test(file)) return;
    expect(readFileSync(join("src", file), "utf8")).not.toMatch(/process\.stdout|console\./);
  });

  test.each(files.filter((file) => !/^(simulator|cli)\//.test(file)).map((file) => ({ file })))(
    "$file reads no environment",
    ({ file }) => {
      const source = readFileSync(join("src", file), "utf8");
      // Passed on to another command as sshd passes it to this program, and not evaluated.
      const mayRead: Record<string, RegExp> = {
        "exec/environment.ts": /given: NodeJS\.ProcessEnv = process\.env/,
        // systemd's method to pass a socket and the journal.
        "service/server/systemd.ts": /process\.env\.(LISTEN_PID|LISTEN_FDS|JOURNAL_STREAM)\b/g,
      };
      const read = source.replace(mayRead[file] ?? "", "");
      expect(read).not.toMatch(/process\.env|loadEnvFile/);
    },
  );
});
