/**
 * How the tests run. `npm test`: all at once, on three workers where the machine is quiet. How slow it is at the moment
 * is measured once, here, and the tests' own time limits follow it (tools/slowness.ts). Apart from these, with scripts that
 * build what they are about: sshd on hosts of many kinds; executables, packages and releases; installed systems; the warm service under load, crowds of
 * logins through it, the relay, the policy for SELinux.
 */
import { defineConfig } from "vitest/config";
import { isBrief, limit, relaysTogetherFor, slownessNow, togetherFor, workersFor } from "./tools/slowness.ts";

/** Handed on to the workers, and to another vitest that a test may start. */
const slowness = Number(process.env.EIC_SLOWNESS ?? slownessNow());
process.env.EIC_SLOWNESS = String(slowness);

/** Of other folders, and too long for `npm test`, or with a need of the whole machine. */
const LONG = ["test/e2e/crowd.test.ts", "test/doctor/firewall.test.ts"];
/** Hosts by the dozen, with an sshd asked many times on each: minutes. */
const LAYOUTS = [
  "test/sshd/{advice,for-some,kept,session-line,sshd-process,sshd-reload,sshd-reload.failures,trouble,trouble.storage,wired}.test.ts",
  "test/doctor/{broken,service}.test.ts",
  "test/e2e/{key-options,let-in}.test.ts",
];
/** Run with the executable, too: what is said of the built program from outside, but for the long record of its words. */
const ALSO_EXECUTABLE = isBrief
  ? [
      "test/bundle/{audit,audit.failures,audit.logger,cases,contract,deadline,output,work}.test.ts",
      "test/cli/transcripts.test.ts",
      "test/e2e/{login,sdk-login}.test.ts",
      "test/service/status.test.ts",
      "test/simulator/conform/agent.test.ts",
    ]
  : [
      "test/bundle/!(explain.said).test.ts",
      "test/cli/transcripts.test.ts",
      "test/e2e/{explain,login,namespace,refusal,sdk-login,trouble}.test.ts",
      "test/service/{cache-emptied,cached-document,cached-signer,cached-token,status}.test.ts",
      "test/service/{process,process.output,process.requests,process.socket}.test.ts",
      "test/simulator/conform/agent.test.ts",
    ];
/** Left out where time is short: minutes each, and what they hold changes with few commits. */
const AT_LEISURE = isBrief ? ["test/packages/reproducible.test.ts", "test/service/slow/memory.test.ts"] : [];
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
  { name: "install", folder: "test/install/cases" },
  { name: "install-crowds", folder: "test/install/crowds", how: { fileParallelism: false } },
  // Two booted systems a file, and Ansible's own processes.
  { name: "fleet", folder: "test/fleet/cases", how: { testTimeout: limit(300), fileParallelism: false } },
  // Minutes of floods, and the whole machine.
  {
    name: "service",
    folder: "test/service/slow",
    also: LONG,
    how: { testTimeout: limit(300), fileParallelism: false },
  },
  // With what ships, unless EIC_UNDER_TEST=bundle; and the whole machine.
  {
    name: "logins",
    folder: "test/e2e/warm",
    how: {
      globalSetup: "test/e2e/warm/setup.ts",
      env: { EIC_UNDER_TEST: process.env.EIC_UNDER_TEST ?? "executable" },
      testTimeout: limit(300),
      fileParallelism: false,
    },
  },
  // Tests that wait for seconds wait side by side.
  // One file at a time, and on a slow machine a few tests: thirty processes are a crowd as it is, and each has its deadline.
  {
    name: "relay",
    folder: "test/relay",
    how: { globalSetup: "test/relay/setup.ts", maxConcurrency: relaysTogetherFor(slowness), fileParallelism: false },
  },
  // One machine at a time: in emulation a boot takes both cores for a minute.
  { name: "vm", folder: "test/vm/cases", how: { fileParallelism: false } },
  // Not part of `npm run test:vm`, but of `npm run test:vm -- --arch arm64`.
  { name: "vm-arm64", folder: "test/vm/arm64", how: { fileParallelism: false } },
  { name: "selinux", folder: "test/selinux", how: { globalSetup: "test/selinux/setup.ts" } },
];

export default defineConfig({
  test: {
    retry: 0,
    testTimeout: limit(120),
    hookTimeout: limit(120),
    teardownTimeout: limit(30),
    // Two cores: more workers than that only make the deadlines of the e2e tests meet a busy machine.
    maxWorkers: 2,
    maxConcurrency: togetherFor(slowness),
    projects: [
      {
        extends: true,
        test: {
          name: "all",
          include: ["test/**/*.test.ts"],
          exclude: [...LONG, ...LAYOUTS, ...APART.map(({ folder }) => `${folder}/**`)],
          maxWorkers: workersFor(slowness),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "sshd",
          include: LAYOUTS,
          maxWorkers: workersFor(slowness),
          sequence: { groupOrder: 0 },
        },
      },
      ...APART.map(({ name, folder, also = [], how = {} }, i) => ({
        extends: true as const,
        test: {
          ...how,
          name,
          include: [`${folder}/**/*.test.ts`, ...also],
          exclude: AT_LEISURE,
          sequence: { groupOrder: 1 + i },
        },
      })),
    ],
  },
});
