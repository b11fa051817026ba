/**
 * openssl's command line in a separate folder: makes certificates, staples and signatures without any code of this
 * project. The machine's openssl configuration is not read; every private key is deleted with the folder.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Algorithm and options of `openssl genpkey` for each kind of key. */
const KEY_KINDS = {
  rsa: ["RSA", "rsa_keygen_bits:2048"],
  "rsa-1024": ["RSA", "rsa_keygen_bits:1024"],
  "rsa-2050": ["RSA", "rsa_keygen_bits:2050"],
  "rsa-3072": ["RSA", "rsa_keygen_bits:3072"],
  "rsa-exponent-33-bits": ["RSA", "rsa_keygen_bits:2048", "rsa_keygen_pubexp:4294967297"],
  "rsa-exponent-3": ["RSA", "rsa_keygen_bits:2048", "rsa_keygen_pubexp:3"],
  "rsa-pss": ["RSA-PSS", "rsa_keygen_bits:2048"],
  ec: ["EC", "ec_paramgen_curve:P-256"],
  "ec-384": ["EC", "ec_paramgen_curve:P-384"],
  "ec-521": ["EC", "ec_paramgen_curve:P-521"],
  "ec-secp256k1": ["EC", "ec_paramgen_curve:secp256k1"],
  ed25519: ["ED25519"],
} as const;

export type KeyKind = keyof typeof KEY_KINDS;

/** Identifies a key by its kind and its owner. The same name always gives the same key. */
export interface KeyName {
  readonly kind: KeyKind;
  readonly of: string;
}

const CONFIG = "[req]\ndistinguished_name = name\nprompt = no\n[name]\nCN = nobody\n";

export class OpensslDir {
  readonly #folder = mkdtempSync(join(tmpdir(), "eic-openssl-"));
  readonly #config = this.file("openssl.cnf", CONFIG);
  readonly #made = new Map<string, Promise<unknown>>();
  #count = 0;

  constructor() {
    // An aborted run does not reach afterAll.
    process.once("exit", this.close);
  }

  /** Runs openssl. @throws Error with its whole output if the exit status is not 0 */
  run(args: readonly string[], input: string | Uint8Array = ""): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const options = { encoding: "buffer", env: { PATH: process.env.PATH, OPENSSL_CONF: this.#config } } as const;
    const child = execFile("openssl", args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`openssl ${args.join(" ")}\n${stderr.toString("latin1")}${stdout.toString("latin1")}`));
    });
    // openssl may end without reading its input; the exit status reports whether that is an error.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    return promise;
  }

  /** Writes a file in the folder. @returns its path */
  file(name: string, content: string | Uint8Array): string {
    const path = join(this.#folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  }

  /** Creates a subfolder, for a command that leaves files behind. */
  async folder(): Promise<string> {
    this.#count += 1;
    const path = join(this.#folder, String(this.#count));
    await mkdir(path);
    return path;
  }

  /** Returns the result of `make`, which is called only once for the same options. */
  once<T>(options: unknown, make: () => Promise<T>): Promise<T> {
    const name = createHash("sha256").update(JSON.stringify(options)).digest("hex");
    const made = this.#made.get(name);
    // Only one call site uses a given name, always with the same type.
    if (made !== undefined) return made as Promise<T>;
    const fresh = make();
    this.#made.set(name, fresh);
    return fresh;
  }

  /** Returns the path of a private key. */
  key(name: KeyName): Promise<string> {
    return this.once(["key", name], async () => {
      const [algorithm, ...options] = KEY_KINDS[name.kind];
      const path = join(this.#folder, `${name.of}.${name.kind}.key`);
      const chosen = options.flatMap((option) => ["-pkeyopt", option]);
      await this.run(["genpkey", "-algorithm", algorithm, ...chosen, "-out", path]);
      return path;
    });
  }

  /** Returns the path of a request with the public half of a key, which is all that `openssl ca` uses from it. */
  request(name: KeyName): Promise<string> {
    return this.once(["request", name], async () => {
      const path = join(this.#folder, `${name.of}.${name.kind}.csr`);
      await this.run(["req", "-new", "-key", await this.key(name), "-out", path]);
      return path;
    });
  }

  readonly close = (): void => {
    rmSync(this.#folder, { recursive: true, force: true });
    process.removeListener("exit", this.close);
  };
}
