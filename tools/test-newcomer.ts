/**
 * `npm run test:newcomer`: runs the two commands at the beginning of README, as a newcomer types them, in the smallest
 * Debian tree that has nodejs, npm and git: first as an ordinary user, for whom nothing is installed, then as root.
 * Requires root. With CI=true it must not be skipped, and as root no test in the tree may be skipped.
 *
 *   npm run test:newcomer -- [--suite bookworm] [--user root|newcomer] [--brief]
 *
 * `--brief`: runs only the tests whose outcome depends on the system, because CI has no time for the others.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makeTree, reachable, SUITES, type Suite, USERS, type User } from "./newcomer/tree.ts";
import { missingFor, needsOf } from "./requirements.ts";
import { prepare } from "./setup.ts";
import { programPath } from "./system.ts";

const COMMANDS = ["npm ci && npm run demo", "npm ci && npm test"] as const;
/** Tests that use the system's clients, shells, man, ssh, sshd or logs. The others are pure or need only the program. */
const ON_THE_SYSTEM = [
  ...["test/clients", "test/packaging", "test/cli/completion", "test/setup"],
  ...["test/e2e/sdk-login", "test/e2e/simulator-sshd", "test/bundle/audit", "test/bundle/contract"],
];

const CHECKOUT = join(import.meta.dirname, "..");
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** @returns the exit status */
function runIn(root: string, user: User, line: string, env: NodeJS.ProcessEnv): Promise<number> {
  const spaces = ["--mount", "--pid", "--fork", "--propagation", "private", "--kill-child"];
  const words = [...spaces, "sh", resolve(import.meta.dirname, "newcomer/inside.sh"), root, user, line];
  const child = spawn(programPath("unshare") ?? "unshare", words, { env, stdio: ["ignore", "inherit", "inherit"] });
  const { promise, resolve: done, reject } = Promise.withResolvers<number>();
  child.once("error", reject);
  child.once("exit", (status) => done(status ?? 1));
  return promise;
}

/** Runs every command for every user in one tree, regardless of the results of earlier commands. */
async function inFreshTree(suite: Suite, users: readonly User[], commands: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "eic-newcomer-"));
  const root = join(folder, "root");
  try {
    say(`making the smallest tree of Debian ${suite} with nodejs, npm and git`);
    await makeTree(suite, root, CHECKOUT);
    const env = await reachable(root);
    const results: { title: string; status: number; seconds: number }[] = [];
    for (const user of users) {
      for (const line of commands) {
        const title = `${suite}, ${user}: ${line}`;
        say(`\n======== ${title} ========`);
        const begun = performance.now();
        // Only root can have everything that the tests need.
        const strict = user === "root" && process.env.CI === "true" ? { CI: "true" } : {};
        const status = await runIn(root, user, line, { ...env, ...strict });
        results.push({ title, status, seconds: Math.round((performance.now() - begun) / 1000) });
      }
    }
    say("");
    for (const { title, status, seconds } of results) say(`exit ${status}, ${seconds} s  ${title}`);
    const failed = results.filter(({ status }) => status !== 0).length;
    say(`${results.length - failed} passed, ${failed} failed, 0 skipped`);
    return failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    suite: { type: "string", default: "trixie" },
    user: { type: "string" },
    brief: { type: "boolean", default: false },
  },
});
const [demo, tests] = COMMANDS;
const commands = values.brief ? [demo, `${tests} -- ${ON_THE_SYSTEM.join(" ")}`] : COMMANDS;
const suite = SUITES.find((one) => one === values.suite);
const users = USERS.filter((one) => values.user === undefined || one === values.user);
if (suite === undefined || users.length === 0) {
  say(`--suite takes one of ${SUITES.join(", ")}; --user one of ${USERS.join(", ")}`);
  process.exit(2);
}

const needs = needsOf("test:newcomer");
await prepare(say, needs);
const reason = needs.map(missingFor).find((one) => one !== undefined);
if (reason === undefined) process.exitCode = await inFreshTree(suite, users, commands);
else {
  say(`NOT RUN: the newcomer's two commands in a fresh Debian: ${reason}`);
  say("Tests that were not run prove nothing. With CI=true this is a failure.");
  process.exitCode = process.env.CI === "true" ? 1 : 0;
}
