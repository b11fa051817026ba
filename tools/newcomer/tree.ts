/** A fresh Debian with nothing in it but apt, Node, npm and git, and in it a clone of this checkout for each user. */
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../../test/support/namespace-run.ts";

export const SUITES = ["bookworm", "trixie"] as const;
export type Suite = (typeof SUITES)[number];

/** Who runs the two commands: one who may install what is lacking, and one who may not. */
export const USERS = ["newcomer", "root"] as const;
export type User = (typeof USERS)[number];

/** Every Debian user's first one. */
const ID = 1000;

/** Of this system, at the time: how the network is reached. */
const NETWORK = ["resolv.conf", "hosts"];

/**
 * @param root becomes the tree
 * @param checkout what is cloned: what is committed there
 */
export async function makeTree(suite: Suite, root: string, checkout: string): Promise<void> {
  const words = ["--quiet", "--variant=apt", "--include=nodejs,npm,git"];
  await mustRun(["mmdebstrap", ...words, suite, root], process.env);
  for (const name of NETWORK) {
    if (existsSync(`/etc/${name}`)) copyFileSync(`/etc/${name}`, join(root, "etc", name));
  }
  // By hand: there need be no adduser in the smallest tree.
  appendFileSync(join(root, "etc/passwd"), `newcomer:x:${ID}:${ID}::/home/newcomer:/bin/sh\n`);
  appendFileSync(join(root, "etc/group"), `newcomer:x:${ID}:\n`);
  mkdirSync(join(root, "home/newcomer"));
  for (const user of USERS) {
    const home = homeIn(root, user);
    // The checkout may be another user's, which git clones only if it is told to.
    const config = join(home, ".gitconfig");
    writeFileSync(config, "[safe]\n\tdirectory = *\n");
    const env = { ...process.env, GIT_CONFIG_GLOBAL: config };
    await mustRun(["git", "clone", "--quiet", "--no-hardlinks", checkout, join(home, "eic-agent")], env);
  }
  await mustRun(["chown", "-R", `${ID}:${ID}`, homeIn(root, "newcomer")]);
}

export const homeIn = (root: string, user: User): string => join(root, user === "root" ? "root" : `home/${user}`);

/** Where a copy of npm's CA certificates lies inside; not where Debian has its own, which a fresh tree lacks. */
const CA_INSIDE = "/opt/npm-ca.pem";

/**
 * What npm and apt need inside in order to reach what they reach here; read when it is run, and kept nowhere else.
 * @param root the tree, into which the CA certificates are copied
 * @returns the whole environment of the commands
 */
export async function reachable(root: string): Promise<NodeJS.ProcessEnv> {
  const env: NodeJS.ProcessEnv = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", TERM: "dumb", LANG: "C.UTF-8" };
  for (const name of ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]) {
    if (process.env[name] !== undefined) env[name] = process.env[name];
  }
  for (const key of ["registry", "proxy", "https-proxy", "noproxy", "strict-ssl", "replace-registry-host"]) {
    const value = await npmSetting(key);
    if (value !== undefined) env[`npm_config_${key.replaceAll("-", "_")}`] = value;
  }
  const certificates = (await npmSetting("cafile")) ?? process.env.NODE_EXTRA_CA_CERTS;
  if (certificates !== undefined) {
    copyFileSync(certificates, join(root, CA_INSIDE));
    chmodSync(join(root, CA_INSIDE), 0o644);
    env.npm_config_cafile = CA_INSIDE;
    env.NODE_EXTRA_CA_CERTS = CA_INSIDE;
  }
  return env;
}

/** Undefined where npm says that it has none. */
async function npmSetting(key: string): Promise<string | undefined> {
  const { stdout } = await mustRun(["npm", "config", "get", key], process.env);
  const value = stdout.trim();
  return value === "" || value === "null" || value === "undefined" ? undefined : value;
}
