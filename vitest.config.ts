import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    retry: 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: [],
    // Two cores: more workers than that only make the deadlines of the e2e tests meet a busy machine.
    maxWorkers: 2,
  },
});
