/** Makes a fresh Debian tree with only apt, Node, npm and git, and a clone of this checkout for each user. */
import { appendFileSync, chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../../test/support/namespace-run.ts";

export const SUITES = ["bookworm", "trixie"] as const;
export type Suite = (typeof SUITES)[number];

/** Users that run the two commands: `newcomer` may not install missing packages, `root` may. */
export const USERS = ["newcomer", "root"] as const;
export type User = (typeof USERS)[number];

/** The first user ID that Debian gives to an ordinary user. */
const ID = 1000;

/** Files in /etc that are copied from this system, so that the network can be reached. */
const NETWORK = ["resolv.conf", "hosts"];

/**
 * @param root folder that becomes the tree
 * @param checkout repository to clone; only its commits are included
 */
export async function makeTree(suite: Suite, root: string, checkout: string): Promise<void> {
  const words = ["--quiet", "--variant=apt", "--include=nodejs,npm,git"];
  await mustRun(["mmdebstrap", ...words, suite, root], process.env);
  for (const name of NETWORK) {
    if (existsSync(`/etc/${name}`)) copyFileSync(`/etc/${name}`, join(root, "etc", name));
  }
  // Written directly, because the smallest tree may have no adduser.
  appendFileSync(join(root, "etc/passwd"), `newcomer:x:${ID}:${ID}::/home/newcomer:/bin/sh\n`);
  appendFileSync(join(root, "etc/group"), `newcomer:x:${ID}:\n`);
  mkdirSync(join(root, "home/newcomer"));
  for (const user of USERS) {
    const home = homeIn(root, user);
    // The checkout may belong to another user; git clones it only with this setting.
    const config = join(home, ".gitconfig");
    writeFileSync(config, "[safe]\n\tdirectory = *\n");
    const env = { ...process.env, GIT_CONFIG_GLOBAL: config };
    await mustRun(["git", "clone", "--quiet", "--no-hardlinks", checkout, join(home, "eic-agent")], env);
  }
  await mustRun(["chown", "-R", `${ID}:${ID}`, homeIn(root, "newcomer")]);
}

export const homeIn = (root: string, user: User): string => join(root, user === "root" ? "root" : `home/${user}`);

/** Path of the copy of npm's CA certificates inside the tree; not the path of Debian's file, which a fresh tree lacks. */
const CA_INSIDE = "/opt/npm-ca.pem";

/**
 * Returns the settings that npm and apt need inside to reach the same hosts as here. They are read at run time and not
 * stored anywhere else.
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

/** Returns a setting of npm; undefined if it is not set. */
async function npmSetting(key: string): Promise<string | undefined> {
  const { stdout } = await mustRun(["npm", "config", "get", key], process.env);
  const value = stdout.trim();
  return value === "" || value === "null" || value === "undefined" ? undefined : value;
}
