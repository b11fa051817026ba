/** eic-agent.toml(5), the example that is shipped and docs/settings.md name every setting that the parser accepts. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULTS } from "../../src/settings/defaults.ts";
import { parseSettings, Shape } from "../../src/settings/parse.ts";

/** The parts of valibot's objects that the tests need: what is wrapped or listed in them. */
interface Schema {
  readonly type: string;
  readonly wrapped?: Schema;
  readonly item?: Schema;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly options?: readonly string[];
  readonly pipe?: readonly (Schema & { readonly requirement?: unknown })[];
}

interface Setting {
  readonly table: string;
  readonly name: string;
  readonly kind: string;
}

/** Returns each name of each table, with its type and range in the words of the man page. */
function tables(shape: Schema): Setting[] {
  return Object.entries(shape.entries ?? {}).flatMap(([table, schema]) =>
    Object.entries(inside(schema).entries ?? {}).flatMap(([name, value]) => {
      const rows = inside(value).item;
      if (rows === undefined || inside(rows).entries === undefined) return [{ table, name, kind: kindOf(value) }];
      const below = Object.entries(inside(rows).entries ?? {});
      return below.map(([field, fieldValue]) => ({
        table: `[${table}.${name}]`,
        name: field,
        kind: kindOf(fieldValue),
      }));
    }),
  );
}

/** Returns the schema without its wrappers: optional, a pipe. */
function inside(schema: Schema): Schema {
  if (schema.wrapped !== undefined) return inside(schema.wrapped);
  const [first] = schema.pipe ?? [];
  return first === undefined || first === schema ? schema : inside(first);
}

function kindOf(schema: Schema): string {
  const { type, options } = inside(schema);
  if (type === "boolean") return "True or false";
  if (type === "array") return "List of texts";
  if (type === "picklist")
    return `Text, ${options
      ?.map((word) => JSON.stringify(word))
      .join(", ")
      .replace(/, (?="[^"]*"$)/, " or ")}`;
  if (type !== "bigint") return "Text";
  const [least, most] = ["min_value", "max_value"].map(
    (bound) => pipeOf(schema).find((step) => step.type === bound)?.requirement,
  );
  return `Whole number, ${least} to ${most}`;
}

function pipeOf({ wrapped, pipe }: Schema): NonNullable<Schema["pipe"]> {
  return wrapped === undefined ? (pipe ?? []) : pipeOf(wrapped);
}

const title = ({ table, name }: Setting) => `[${table}] ${name}`;

const settings = tables(Shape as unknown as Schema);

/** The settings whose default is a value; the other defaults are described in words. */
const DEFAULT_VALUES: Readonly<Record<string, unknown>> = {
  "[metadata] deadline_ms": DEFAULTS.deadlineMs,
  "[instance] check_identity": DEFAULTS.instance.checkIdentity,
  "[keys] clock_skew_seconds": DEFAULTS.clockSkewSeconds,
  "[chain] deadline_ms": DEFAULTS.chainDeadlineMs,
  "[audit] target": DEFAULTS.audit.target,
  "[audit] format": DEFAULTS.audit.format,
  "[audit] required": DEFAULTS.audit.required,
  "[policy] default": DEFAULTS.policy.byDefault,
  "[policy] mode": DEFAULTS.policy.mode,
};

test("settings and those with a default are found", () => {
  expect(settings.length).toBeGreaterThan(15);
  expect(settings.map(title)).toEqual(expect.arrayContaining(Object.keys(DEFAULT_VALUES)));
});

describe("eic-agent.toml(5)", () => {
  const page = readFileSync("packaging/man/eic-agent.toml.5", "utf8");
  const rows = page.split(/^\.Ss /m).flatMap((part) => {
    const table = /^\[(.*)\]$/m.exec(part)?.[1] ?? "";
    return [...part.matchAll(/^\.It Cm (\w+)\n(.*)$/gm)].map(([, name = "", message = ""]) => ({
      table,
      name,
      message,
    }));
  });

  test("has each setting and no other", () => {
    expect(rows.map(({ table, name }) => `[${table}] ${name}`).sort()).toEqual(settings.map(title).sort());
  });

  test.each(settings)("says type, range and default of [$table] $name", (setting) => {
    const { message } = rows.find(({ table, name }) => table === setting.table && name === setting.name) ?? {
      message: "",
    };
    const [, kind = "", preset = ""] = /^(.*); default (.*)\.$/.exec(message) ?? [];
    expect(kind === setting.kind || kind.startsWith(`${setting.kind}, `)).toBe(true);
    const value = DEFAULT_VALUES[title(setting)];
    if (value === undefined) expect(preset).not.toBe("");
    else expect(preset).toBe(JSON.stringify(value));
  });
});

describe("the shipped example", () => {
  const lines = readFileSync("packaging/config.toml", "utf8").split("\n");
  /** Removes the # of the wanted settings. A setting has no space after its #, prose has one. */
  const uncommented = (wanted: (name: string) => boolean) =>
    lines
      .map((line) => {
        const [, setting = "", name = ""] = /^#((\[\[|\w+)[^#]*)$/.exec(line) ?? [];
        return setting !== "" && wanted(name) ? setting : line;
      })
      .join("\n");

  test("changes nothing", () => {
    expect(parseSettings(lines.join("\n"), "config.toml")).toEqual(DEFAULTS);
  });

  test("is valid with every setting enabled", () => {
    const all = parseSettings(
      uncommented(() => true),
      "config.toml",
    );
    expect(all.origins).toHaveLength(1);
    expect(all.policy.rules).toHaveLength(1);
  });

  test("names every setting, in its table, and no other", () => {
    let table = "";
    const named = lines.flatMap((line) => {
      table = /^#?\[(.*)\]$/.exec(line)?.[1] ?? table;
      const name = /^#(\w+) = /.exec(line)?.[1];
      return name === undefined ? [] : [`[${table}] ${name}`];
    });
    expect(named.sort()).toEqual(settings.map(title).sort());
  });

  test("shows the default if there is one, so that removing a # changes nothing", () => {
    let table = "";
    const shown = lines.flatMap((line) => {
      table = /^\[(.*)\]$/.exec(line)?.[1] ?? table;
      const [, name, value = ""] = /^#(\w+) = (.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[`[${table}] ${name}`, value] as const];
    });
    const values = new Map<string, string>(shown);
    for (const [setting, value] of Object.entries(DEFAULT_VALUES)) {
      expect({ setting, value: values.get(setting) }).toEqual({ setting, value: JSON.stringify(value) });
    }
  });

  test("has a comment above every setting", () => {
    const bare = lines.filter((line, i) => /^#(\w+ = |\[\[)/.test(line) && !/^#/.test(lines[i - 1] ?? ""));
    expect(bare).toEqual([]);
  });
});

test("docs/settings.md has a row for each setting and no other", () => {
  const rows = [
    ...readFileSync("docs/settings.md", "utf8").matchAll(
      /^\| (?:`\[\[policy\.rules\]\]` )?`([a-z_]+)` \| [^|]+ \| ([^|]+) \|/gm,
    ),
  ];
  expect(rows.map(([, name]) => name).sort()).toEqual(settings.map(({ name }) => name).sort());
});
