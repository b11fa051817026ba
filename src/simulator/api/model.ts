/**
 * The input of the two actions, exactly as in the API model 2018-04-02: required members, types, lengths, ranges and
 * patterns. All errors are reported at once, in the words of AWS's own front end.
 */
import { ApiError } from "./api-errors.ts";

export const VERSION = "2018-04-02";

/** Prefix of the action's name in X-Amz-Target. */
export const TARGET_PREFIX = "AWSEC2InstanceConnectService";

/** A string with its length and pattern, or an integer with its range. */
interface Shape {
  readonly type: "string" | "integer";
  readonly min: number;
  readonly max: number;
  readonly pattern?: RegExp;
  /** If true, messages do not repeat the value. */
  readonly long?: boolean;
}

const SHAPES = {
  InstanceId: { type: "string", min: 10, max: 32, pattern: /^i-[a-f0-9]+$/ },
  InstanceOSUser: {
    type: "string",
    min: 1,
    max: 32,
    pattern:
      /(^[A-Za-z_][A-Za-z0-9@._-]{0,30}[A-Za-z0-9$_-]?$)|(^(?=.{2,32}$)[0-9]{1,32}[A-Za-z@._-][A-Za-z0-9@._-]*[A-Za-z0-9$_-]?$)/,
  },
  SSHPublicKey: { type: "string", min: 80, max: 4096, long: true },
  AvailabilityZone: { type: "string", min: 6, max: 32, pattern: /^(\w+-){2,3}\d+\w+$/ },
  SerialPort: { type: "integer", min: 0, max: 0 },
} as const satisfies Record<string, Shape>;

export type Member = keyof typeof SHAPES;

/** Members of each action: true if the member is required. */
export const ACTIONS = {
  SendSSHPublicKey: { InstanceId: true, InstanceOSUser: true, SSHPublicKey: true, AvailabilityZone: false },
  SendSerialConsoleSSHPublicKey: { InstanceId: true, SSHPublicKey: true, SerialPort: false },
} as const satisfies Record<string, { readonly [member in Member]?: boolean }>;

export type ActionName = keyof typeof ACTIONS;

export const isAction = (name: string): name is ActionName => Object.hasOwn(ACTIONS, name);

/** The checked input of a call; undefined for a member that is absent. */
export interface Input {
  readonly InstanceId: string;
  readonly SSHPublicKey: string;
  /** Always present for SendSSHPublicKey. */
  readonly InstanceOSUser: string | undefined;
  readonly AvailabilityZone: string | undefined;
  readonly SerialPort: number | undefined;
}

/**
 * @param given a JSON object; members that the action does not have are ignored
 * @throws ApiError ValidationError for a value of a wrong type, InvalidArgsException for one that breaks a constraint
 */
export function checkedInput(action: ActionName, given: Readonly<Record<string, unknown>>): Input {
  const members = Object.entries<boolean>(ACTIONS[action]) as [Member, boolean][];
  const values = new Map(members.map(([name]) => [name, typed(name, memberIn(given, name))]));
  const wrong = members.flatMap(([name, required]) => broken(name, values.get(name), required));
  if (wrong.length > 0) {
    const errors = wrong.length === 1 ? "1 validation error" : `${wrong.length} validation errors`;
    throw new ApiError("InvalidArgsException", `${errors} detected: ${wrong.join("; ")}`);
  }
  const text = (name: Member) => values.get(name) as string | undefined;
  return {
    InstanceId: text("InstanceId") ?? "",
    SSHPublicKey: text("SSHPublicKey") ?? "",
    InstanceOSUser: text("InstanceOSUser"),
    AvailabilityZone: text("AvailabilityZone"),
    SerialPort: values.get("SerialPort") as number | undefined,
  };
}

/** Returns the members in a query string. All values there are text; if the model has an integer, it is parsed. */
export function inputOfQuery(action: ActionName, query: Readonly<Record<string, string>>): Record<string, unknown> {
  const known = Object.entries(query).filter(([name]) => Object.hasOwn(ACTIONS[action], name));
  return Object.fromEntries(
    known.map(([name, text]) => {
      const number = SHAPES[name as Member].type === "integer" && /^-?\d{1,15}$/.test(text);
      return [name, number ? Number(text) : text];
    }),
  );
}

/** Returns a member. JSON's null means that the member is absent. */
const memberIn = (given: Readonly<Record<string, unknown>>, name: Member): unknown =>
  Object.hasOwn(given, name) ? (given[name] ?? undefined) : undefined;

function typed(name: Member, value: unknown): string | number | undefined {
  if (value === undefined) return undefined;
  const { type } = SHAPES[name];
  if (type === "string" && typeof value === "string") return value;
  if (type === "integer" && typeof value === "number" && Number.isSafeInteger(value)) return value;
  const found = Array.isArray(value) ? "list" : typeof value === "object" ? "structure" : typeof value;
  throw new ApiError("ValidationError", `${name} must be of type ${type}, not ${found}`);
}

function broken(name: Member, value: string | number | undefined, required: boolean): string[] {
  const shape: Shape = SHAPES[name];
  const said = (what: string, must: string) => `Value ${what}at '${inner(name)}' failed to satisfy constraint: ${must}`;
  if (value === undefined) return required ? [said("null ", "Member must not be null")] : [];
  const shown = shape.long ? "" : `'${value}' `;
  const [kind, size] = typeof value === "string" ? ["length", value.length] : ["value", value];
  if (size < shape.min) return [said(shown, `Member must have ${kind} greater than or equal to ${shape.min}`)];
  // A text that is too long is not matched against the pattern, and is not repeated in the message.
  if (size > shape.max) {
    const cut = typeof value === "string" ? "" : shown;
    return [said(cut, `Member must have ${kind} less than or equal to ${shape.max}`)];
  }
  if (shape.pattern === undefined || shape.pattern.test(String(value))) return [];
  return [said(shown, `Member must satisfy regular expression pattern: ${shape.pattern.source}`)];
}

/** Returns a member's name as the service's messages and CloudTrail write it. */
export const inner = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
