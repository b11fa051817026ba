/**
 * How the tests run. `npm test`: all at once on three workers. Apart from these, with scripts that build what they are
 * about: executables, packages and releases; installed systems; the warm service under load, crowds of logins through it,
 * the relay, the policy for SELinux.
 */
import { defineConfig } from "vitest/config";

/** Of other folders, and too long for `npm test`, or with a need of the whole machine. */
const LONG = ["test/e2e/crowd.test.ts", "test/doctor/service.test.ts"];
/** Run with the executable, too: all that is said of the built program from outside. */
const ALSO_EXECUTABLE = [
  "test/bundle/**/*.test.ts",
  "test/cli/transcripts.test.ts",
  "test/e2e/{explain,login,namespace,refusal,sdk-login,trouble}.test.ts",
  "test/service/{process,remembering,status}.test.ts",
];
/** Projects of their own: the folder of each, and what else is to be said of them. */
const APART = [
  {
    name: "executable",
    folder: "test/executable",
    also: ALSO_EXECUTABLE,
    how: { env: { EIC_UNDER_TEST: "executable" } },
  },
  { name: "packages", folder: "test/packages" },
  { name: "release", folder: "test/release" },
  { name: "install", folder: "test/install" },
  // Minutes of floods, and the whole machine.
  { name: "service", folder: "test/service/slow", also: LONG, how: { testTimeout: 300_000, fileParallelism: false } },
  // With what ships, unless EIC_UNDER_TEST=bundle; and the whole machine.
  {
    name: "logins",
    folder: "test/e2e/warm",
    how: {
      globalSetup: "test/e2e/warm/setup.ts",
      env: { EIC_UNDER_TEST: process.env.EIC_UNDER_TEST ?? "executable" },
      testTimeout: 300_000,
      fileParallelism: false,
    },
  },
  // Tests that wait for seconds wait side by side.
  { name: "relay", folder: "test/relay", how: { globalSetup: "test/relay/setup.ts", maxConcurrency: 30 } },
  { name: "selinux", folder: "test/selinux", how: { globalSetup: "test/selinux/setup.ts" } },
];

export default defineConfig({
  test: {
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more workers than that only make the deadlines of the e2e tests meet a busy machine.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: "all",
          include: ["test/**/*.test.ts"],
          exclude: [...LONG, ...APART.map(({ folder }) => `${folder}/**`)],
          // One more than cores: a fifth of the time, a test waits for a deadline or for a key's end.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      ...APART.map(({ name, folder, also = [], how = {} }, i) => ({
        extends: true as const,
        test: { ...how, name, include: [`${folder}/**/*.test.ts`, ...also], sequence: { groupOrder: 1 + i } },
      })),
    ],
  },
});
