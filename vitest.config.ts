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
        test: { name: "all", include: ["test/**/*.test.ts"], exclude: [CROWD], sequence: { groupOrder: 0 } },
      },
      { extends: true, test: { name: "alone", include: [CROWD], sequence: { groupOrder: 1 } } },
    ],
  },
});
