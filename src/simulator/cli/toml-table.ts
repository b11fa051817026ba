/** Reads a table of a settings file strictly: every value has the right type, every name is known, errors name the place. */

export class TomlTable {
  private readonly values: Map<string, unknown>;
  private readonly where: string;

  /** @param where its name in messages, such as "[[principals]] 2" */
  constructor(value: unknown, where: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${where} is not a table`);
    this.values = new Map(Object.entries(value));
    this.where = where;
  }

  string(name: string): string | undefined {
    return this.take(name, "a string", (value) => typeof value === "string");
  }

  boolean(name: string): boolean | undefined {
    return this.take(name, "true or false", (value) => typeof value === "boolean");
  }

  /** Returns a number above zero. */
  number(name: string): number | undefined {
    return this.take(name, "a number above 0", (value) => typeof value === "number" && value > 0);
  }

  oneOf<T extends string>(name: string, known: readonly T[]): T | undefined {
    return this.take(name, `one of ${known.join(", ")}`, (value) => known.some((one) => one === value));
  }

  listOf<T extends string = string>(name: string, known?: readonly T[]): T[] | undefined {
    const fits = (one: unknown) => (known === undefined ? typeof one === "string" : known.some((name) => name === one));
    const what = known === undefined ? "a list of strings" : `a list out of ${known.join(", ")}`;
    return this.take(name, what, (value) => Array.isArray(value) && value.every(fits));
  }

  /** Returns the tables of [[name]]; an empty list by default. */
  tables(name: string): TomlTable[] {
    const list = this.take<unknown[]>(name, `tables, each under [[${name}]]`, Array.isArray) ?? [];
    return list.map((value, index) => new TomlTable(value, `[[${name}]] ${index + 1}`));
  }

  table(name: string): TomlTable {
    return new TomlTable(this.take(name, "a table", (value) => typeof value === "object") ?? {}, `[${name}]`);
  }

  /** Returns a table whose values are all strings. */
  strings(name: string): Readonly<Record<string, string>> | undefined {
    const areStrings = (value: unknown) =>
      typeof value === "object" && value !== null && Object.values(value).every((one) => typeof one === "string");
    return this.take(name, "a table of strings", areStrings);
  }

  required(name: string): string {
    const value = this.string(name);
    if (value === undefined) throw new Error(`${this.where} has no ${name}`);
    return value;
  }

  /** @throws Error for a name that was not read */
  end(): void {
    const [unknown] = this.values.keys();
    if (unknown !== undefined) throw new Error(`${this.where} has the unknown setting ${unknown}`);
  }

  private take<T>(name: string, what: string, fits: (value: unknown) => boolean): T | undefined {
    const value = this.values.get(name);
    this.values.delete(name);
    if (value === undefined) return undefined;
    if (!fits(value)) throw new Error(`${this.where}: ${name} must be ${what}`);
    return value as T;
  }
}
