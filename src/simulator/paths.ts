/** Short names for paths of the metadata service and for actions of the API, used to set faults and overrides. */

export const SHORT_NAMES = {
  token: /^\/latest\/api\/token$/,
  "instance-id": /^\/latest\/meta-data\/instance-id\/?$/,
  zone: /^\/latest\/meta-data\/placement\/availability-zone\/?$/,
  region: /^\/latest\/meta-data\/placement\/region\/?$/,
  domain: /^\/latest\/meta-data\/services\/domain\/?$/,
  partition: /^\/latest\/meta-data\/services\/partition\/?$/,
  keys: /^\/latest\/meta-data\/managed-ssh-keys\/active-keys\//,
  "signer-cert": /^\/latest\/meta-data\/managed-ssh-keys\/signer-cert\/?$/,
  "signer-ocsp": /^\/latest\/meta-data\/managed-ssh-keys\/signer-ocsp\/?$/,
  staple: /^\/latest\/meta-data\/managed-ssh-keys\/signer-ocsp\/[^/]/,
} as const;

/** The API has only one path, so "api:" and the action are used instead. This cannot be a path in HTTP. */
export const API_NAMES = {
  api: /^api:/,
  SendSSHPublicKey: /^api:SendSSHPublicKey$/,
  SendSerialConsoleSSHPublicKey: /^api:SendSerialConsoleSSHPublicKey$/,
} as const;

/** EC2's API on the same port: "ec2:" and the action. */
export const EC2_NAMES = {
  ec2: /^ec2:/,
  DescribeInstances: /^ec2:DescribeInstances$/,
} as const;

export const isEc2Pattern = (pattern: string): pattern is keyof typeof EC2_NAMES => Object.hasOwn(EC2_NAMES, pattern);

export const isApiPattern = (pattern: string): pattern is keyof typeof API_NAMES => Object.hasOwn(API_NAMES, pattern);

/**
 * Checks whether `pattern` matches `path`. `pattern` is a short name, the beginning of a path, or "*" for every path of the
 * metadata service. A query is ignored.
 */
export function matches(pattern: string, path: string): boolean {
  if (isApiPattern(pattern)) return API_NAMES[pattern].test(path);
  if (isEc2Pattern(pattern)) return EC2_NAMES[pattern].test(path);
  if (path.startsWith("api:") || path.startsWith("ec2:")) return false;
  const bare = path.replace(/\?.*$/s, "");
  if (pattern === "*") return true;
  if (Object.hasOwn(SHORT_NAMES, pattern)) return SHORT_NAMES[pattern as keyof typeof SHORT_NAMES].test(bare);
  return bare.startsWith(pattern);
}

/** @throws Error if `pattern` can never match a path */
export function checkPattern(pattern: string): string {
  if (pattern === "*" || pattern.startsWith("/")) return pattern;
  if (Object.hasOwn(SHORT_NAMES, pattern) || isApiPattern(pattern) || isEc2Pattern(pattern)) return pattern;
  const names = [...Object.keys(SHORT_NAMES), ...Object.keys(API_NAMES), ...Object.keys(EC2_NAMES)];
  throw new Error(`no such path: ${pattern}; use /…, * or one of ${names.join(", ")}`);
}

/** Returns the percent-encoded user segment of a key document's path. */
export const userSegment = (path: string): string | undefined =>
  /\/managed-ssh-keys\/active-keys\/([^/?]+)/.exec(path)?.[1];
