/** The parameters of a DescribeInstances call in EC2's query protocol: from names such as Filter.1.Value.2 to lists. Pure. */
import { ApiError } from "../api/api-errors.ts";
import { parseTarget, type Target } from "../api/query.ts";
import { Ec2Error, ec2ErrorOf } from "./ec2-errors.ts";
import type { Filter } from "./filters.ts";

export interface DescribeInstancesInput {
  readonly instanceIds: readonly string[];
  readonly filters: readonly Filter[];
  readonly maxResults: number | undefined;
  readonly nextToken: string | undefined;
  readonly dryRun: boolean;
}

/** Parameters by name, from the query and the body. */
export type Parameters = Readonly<Record<string, string>>;

/** @throws Ec2Error for a body that is not a form in UTF-8, or that has a name twice */
export function parametersIn(query: Target["query"], body: Buffer): Parameters {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    // In a form "+" is a space (WHATWG URL, "application/x-www-form-urlencoded"), in the query of a signed request it is not.
    return { ...query, ...parseTarget(`/?${text.replaceAll("+", "%20")}`).query };
  } catch (error) {
    if (error instanceof ApiError) throw ec2ErrorOf(error);
    throw new Ec2Error("MalformedQueryString");
  }
}

/** Of every call, and of its signature. */
const COMMON = /^(Action|Version|X-Amz-[\w-]+)$/i;
const OWN = /^(DryRun|MaxResults|NextToken|InstanceId\.\d{1,4}|Filter\.\d{1,4}\.(Name|Value\.\d{1,4}))$/;

/** @throws Ec2Error */
export function describeInstancesInput(given: Parameters): DescribeInstancesInput {
  const unknown = Object.keys(given).find((name) => !COMMON.test(name) && !OWN.test(name));
  if (unknown !== undefined) {
    throw new Ec2Error("UnknownParameter", `The parameter ${unknown.slice(0, 64).split(".")[0]} is not recognized`);
  }
  const { MaxResults, NextToken, DryRun } = given;
  const instanceIds = listOf(given, /^InstanceId\.(\d+)$/);
  if (instanceIds.length > 0 && MaxResults !== undefined) {
    const message = "The parameter instancesSet cannot be used with the parameter maxResults";
    throw new Ec2Error("InvalidParameterCombination", message);
  }
  return {
    instanceIds,
    filters: filtersIn(given),
    maxResults: MaxResults === undefined ? undefined : resultsIn(MaxResults),
    nextToken: NextToken,
    dryRun: DryRun?.toLowerCase() === "true",
  };
}

function filtersIn(given: Parameters): Filter[] {
  const numbers = new Set(Object.keys(given).flatMap((name) => /^Filter\.(\d+)\./.exec(name)?.[1] ?? []));
  return [...numbers].sort(byNumber).map((number) => {
    const name = given[`Filter.${number}.Name`];
    if (name === undefined) throw new Ec2Error("InvalidParameterValue", "The filter 'null' is invalid");
    return { name, values: listOf(given, new RegExp(`^Filter\\.${number}\\.Value\\.(\\d+)$`)) };
  });
}

/** Returns the values of the names that match, in the order of their numbers. */
function listOf(given: Parameters, names: RegExp): string[] {
  const numbered = Object.entries(given).flatMap(([name, value]): [string, string][] => {
    const number = names.exec(name)?.[1];
    return number === undefined ? [] : [[number, value]];
  });
  return numbered.sort(([one], [other]) => byNumber(one, other)).map(([, value]) => value);
}

const byNumber = (one: string, other: string): number => Number(one) - Number(other);

/** Limits of a page (EC2 API reference, DescribeInstances, MaxResults). */
const MIN_RESULTS = 5;
const MAX_RESULTS = 1000;

function resultsIn(text: string): number {
  const results = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (results >= MIN_RESULTS && results <= MAX_RESULTS) return results;
  const expected = results < MIN_RESULTS ? `greater than ${MIN_RESULTS}` : `smaller than ${MAX_RESULTS}`;
  const message = `Value ( ${text} ) for parameter maxResults is invalid. Expecting a value ${expected}.`;
  throw new Ec2Error("InvalidParameterValue", message);
}
