/**
 * How the tests run. `npm test`: all at once on two workers, then alone the one that wants the whole machine. Apart from
 * these, with a script each that builds what they are about: executables, packages and releases, installed systems.
 */
import { defineConfig } from "vitest/config";

const CROWD = "test/e2e/crowd.test.ts";
const APART = ["executable", "packages", "release", "install"];
/** Run with the executable, too: all that is said of the built program from outside. */
const ALSO_EXECUTABLE = [
  "test/bundle/**/*.test.ts",
  "test/cli/transcripts.test.ts",
  "test/e2e/{explain,login,namespace,refusal,sdk-login,trouble}.test.ts",
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
          exclude: [CROWD, ...APART.map((folder) => `test/${folder}/**`)],
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: "alone", include: [CROWD], sequence: { groupOrder: 1 } } },
      ...APART.map((name, i) => ({
        extends: true as const,
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`, ...(name === "executable" ? ALSO_EXECUTABLE : [])],
          env: name === "executable" ? { EIC_UNDER_TEST: name } : {},
          sequence: { groupOrder: 2 + i },
        },
      })),
    ],
  },
});
