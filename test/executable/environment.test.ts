/** Effects of the environment on the executable: Node and OpenSSL read it before the program runs. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { agent, run } from "../support/agent.ts";
import { folder } from "../support/host-log.ts";
import { KEY } from "../support/keys.ts";
import { simulated } from "../support/simulated.ts";

const one = simulated();
const answer = { status: 0, stdout: `${KEY}\n` };

async function call(env: Record<string, string>) {
  one().simulator.push({ user: "alice", publicKey: KEY });
  return run(agent(one().config, "alice"), env);
}

describe("has no effect", () => {
  test.each([
    { NODE_OPTIONS: "--no-such-option" },
    { NODE_OPTIONS: "--require=/nowhere --inspect=0" },
    { NODE_OPTIONS: "--cpu-prof --no-jitless" },
    { NODE_EXTRA_CA_CERTS: "/nowhere" },
    { NODE_PATH: "/nowhere" },
    { NODE_ICU_DATA: "/nowhere" },
    { NODE_PENDING_DEPRECATION: "1" },
    { NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    { NODE_USE_SYSTEM_CA: "1" },
    { NODE_UNIQUE_ID: "1" },
    { NODE_TEST_CONTEXT: "child" },
    { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1" },
    { OPENSSL_CONF: "/nowhere" },
    { OPENSSL_MODULES: "/nowhere" },
    { SSL_CERT_FILE: "/nowhere", SSL_CERT_DIR: "/nowhere" },
    { UV_THREADPOOL_SIZE: "0" },
    { UV_USE_IO_URING: "0" },
    { TZ: "Nowhere/At-All", LC_ALL: "xx_XX" },
    { FORCE_COLOR: "1" },
  ] as Record<string, string>[])("%o", async (env) => {
    expect(await call(env)).toMatchObject({ ...answer, stderr: "" });
  });

  test("a configuration of OpenSSL's that names a library to load", async () => {
    const file = join(folder(), "openssl.cnf");
    writeFileSync(file, "nodejs_conf = c\n[c]\nproviders = p\n[p]\nx = m\n[m]\nmodule = /nowhere.so\nactivate = 1\n");
    expect(await call({ OPENSSL_CONF: file })).toMatchObject({ ...answer, stderr: "" });
  });
});

describe("leaves no file behind", () => {
  test.each(["NODE_V8_COVERAGE", "NODE_COMPILE_CACHE", "SSLKEYLOGFILE", "NODE_REDIRECT_WARNINGS"])(
    "%s",
    async (name) => {
      const at = folder();
      expect(await call({ [name]: join(at, "x") })).toMatchObject(answer);
      // NODE_COMPILE_CACHE creates its folder, but no file in it.
      const left = existsSync(join(at, "x"))
        ? readdirSync(join(at, "x"), { recursive: true, withFileTypes: true })
        : [];
      expect(left.filter((entry) => !entry.isDirectory())).toEqual([]);
    },
  );
});

// SECURITY.md, "Known limits".
describe("affects Node all the same, and harms only the caller", () => {
  test("NODE_DEBUG: what Node does is shown on standard error", async () => {
    const { stderr, ...rest } = await call({ NODE_DEBUG: "http" });
    expect(rest).toMatchObject(answer);
    expect(stderr).toContain("HTTP");
  });

  test("NODE_REPL_EXTERNAL_MODULE: nothing is started, and no key printed", async () => {
    const { status, stdout } = await call({ NODE_REPL_EXTERNAL_MODULE: "/nowhere" });
    expect(status).not.toBe(0);
    expect(stdout).toBe("");
  });
});
