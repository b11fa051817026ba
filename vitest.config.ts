/** How the tests run: all at once on two workers, then alone the one that wants the whole machine. */
import { defineConfig } from "vitest/config";

const CROWD = "test/e2e/crowd.test.ts";

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
          exclude: [CROWD, "test/relay/**", "test/service/slow/**", "test/selinux/**"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "relay",
          include: ["test/relay/**/*.test.ts"],
          globalSetup: "test/relay/setup.ts",
          // Tests that wait for seconds wait side by side.
          maxConcurrency: 30,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "selinux",
          include: ["test/selinux/**/*.test.ts"],
          globalSetup: "test/selinux/setup.ts",
          sequence: { groupOrder: 3 },
        },
      },
      // Floods, and a hundred thousand calls: minutes, and the whole machine.
      {
        extends: true,
        test: {
          name: "service",
          include: ["test/service/slow/**/*.test.ts"],
          testTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      { extends: true, test: { name: "alone", include: [CROWD], sequence: { groupOrder: 1 } } },
    ],
  },
});
