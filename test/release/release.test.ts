/**
 * A release made from the built packages, signed with a key made here: checked with gpg, rpm and sha256sum as a user who
 * downloads it does, and distinguished from a release in which something was changed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeChecksums } from "../../packaging/build/checksums.ts";
import { signDetached, signingKey } from "../../packaging/build/openpgp.ts";
import { checkRelease } from "../../packaging/build/release-folder.ts";
import { limit } from "../../tools/slowness.ts";
import { builtRelease, VERSION } from "../support/built-release.ts";
import { describeWith } from "../support/needs.ts";
import { ThrowAwayKeys } from "../support/temporary-key.ts";

const KEY = "eic-agent-release-key.asc";
const DEBS = [`eic-agent_${VERSION}_amd64.deb`, `eic-agent_${VERSION}_arm64.deb`];
const SELINUX = `eic-agent-selinux-${VERSION}-1.noarch.rpm`;
const RPMS = [`eic-agent-${VERSION}-1.aarch64.rpm`, `eic-agent-${VERSION}-1.x86_64.rpm`, SELINUX];
const SIMULATOR = `eic-simulator-${VERSION}.tgz`;
const SOURCES = `eic-agent-${VERSION}.tar.gz`;

describeWith("release", "a release", () => {
  let keys: ThrowAwayKeys;
  let fingerprint: string;
  let folder: string;
  let reader: string;

  beforeAll(() => {
    keys = new ThrowAwayKeys();
    fingerprint = keys.make("Somebody who releases");
    folder = builtRelease(signingKey(fingerprint));
    reader = mkdtempSync(join(tmpdir(), "eic-reader-"));
    asReader("gpg", "--import", join(folder, KEY));
    asReader("rpmkeys", "--dbpath", reader, "--import", join(folder, KEY));
  }, limit(120));
  afterAll(() => {
    keys.remove();
    rmSync(folder, { recursive: true });
    rmSync(reader, { recursive: true, force: true });
  });

  /** Runs a program as a reader who has only the public key. */
  function asReader(program: string, ...words: string[]) {
    const env = { ...process.env, GNUPGHOME: reader, LC_ALL: "C" };
    const { status, stdout, stderr } = spawnSync(program, words, { cwd: folder, encoding: "utf8", env });
    return { status, said: stdout + stderr };
  }

  test("has everything, and nothing else", () => {
    const sboms = [...DEBS, ...RPMS].map((name) => `${name}.cdx.json`);
    const signatures = [...DEBS, SIMULATOR, SOURCES, "SHA256SUMS"].map((name) => `${name}.asc`);
    const expected = [...DEBS, ...RPMS, SIMULATOR, ...sboms, ...signatures, SOURCES, "SHA256SUMS", "RELEASE.md", KEY];
    expect(readdirSync(folder).sort()).toEqual(expected.sort());
  });

  test.each([...DEBS, SIMULATOR, SOURCES, "SHA256SUMS"])("%s has a signature that gpg finds good", (name) => {
    const { status, said } = asReader("gpg", "--verify", `${name}.asc`, name);
    expect(said).toContain("Good signature");
    expect(said.replaceAll(" ", "")).toContain(fingerprint);
    expect(status).toBe(0);
  });

  test("its checksums cover everything but the signatures, and hold", () => {
    const summed = readFileSync(join(folder, "SHA256SUMS"), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.slice(66));
    expect(summed).toEqual(
      [...DEBS, ...RPMS]
        .flatMap((name) => [name, `${name}.cdx.json`])
        .concat(SIMULATOR, SOURCES, "RELEASE.md", KEY)
        .sort(),
    );
    expect(asReader("sha256sum", "--check", "--strict", "SHA256SUMS").status).toBe(0);
  });

  test.each(RPMS)("%s has a signature that rpm finds good", (name) => {
    expect(asReader("rpm", "--dbpath", reader, "--checksig", name)).toEqual({
      status: 0,
      said: `${name}: digests signatures OK\n`,
    });
    const info = asReader("rpm", "--dbpath", reader, "-qp", "--queryformat", "%{RSAHEADER:pgpsig}", name).said;
    expect(info).toMatch(/^RSA\/SHA256, /);
    expect(info).toContain(fingerprint.slice(-16).toLowerCase());
  });

  test("the packages are the built ones, except for the signatures in the rpms", () => {
    for (const name of [...DEBS, SIMULATOR])
      expect(readFileSync(join(folder, name)).equals(readFileSync(`dist/packages/${name}`))).toBe(true);
    const built = (path: string) =>
      asReader("rpm", "-qp", "--nosignature", "--queryformat", "%{SHA256HEADER}", path).said;
    for (const name of RPMS) expect(built(join(folder, name))).toBe(built(`${process.cwd()}/dist/packages/${name}`));
    expect(asReader("rpm", "--checksig", `${process.cwd()}/dist/packages/${RPMS[0]}`).said).toMatch(/: digests OK\n$/);
  });

  test("its notes have the changelog's section and the key, and say what was not compared", () => {
    const notes = readFileSync(join(folder, "RELEASE.md"), "utf8");
    expect(notes).toContain("- A line of this version (README, [AWS](https://aws.amazon.com)).");
    expect(notes).toContain(fingerprint);
    expect(notes).toMatch(/> \*\*the Node [\d.]+ inside was not compared with what nodejs\.org signed/);
    expect(notes).not.toContain("not signed");
    expect(notes).toMatch(
      /- \*\*Relay:\*\* for x64 linked with glibc [\d.]+ \(.+\) and libgcc [\d.]+ \(.+\); for arm64 linked/,
    );
  });

  test("its sources are those of the commit", () => {
    const listed = execFileSync("tar", ["-tzf", join(folder, SOURCES)], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(listed).toContain(`eic-agent-${VERSION}/CHANGELOG.md`);
  });

  describe("is rejected", () => {
    /** Changes a file, runs the body, and restores the file. */
    function changed(name: string, change: (bytes: Buffer) => Buffer, body: () => void): void {
      const path = join(folder, name);
      const before = readFileSync(path);
      writeFileSync(path, change(Buffer.from(before)));
      try {
        body();
      } finally {
        writeFileSync(path, before);
      }
    }
    const flip = (bytes: Buffer): Buffer => {
      const at = bytes.length >> 1;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return bytes;
    };
    const sumsAgain = (body: () => void) =>
      changed(
        "SHA256SUMS",
        (bytes) => bytes,
        () =>
          changed(
            "SHA256SUMS.asc",
            (bytes) => bytes,
            () => {
              writeChecksums(folder);
              signDetached(join(folder, "SHA256SUMS"), { fingerprint, name: "" });
              body();
            },
          ),
      );
    const check = () => checkRelease(folder, fingerprint);

    test("unless nothing was changed", () => {
      expect(check).not.toThrow();
    });

    test.each([...DEBS, ...RPMS, SOURCES, "RELEASE.md"])("with a bit of %s changed", (name) => {
      changed(name, flip, () => {
        expect(check).toThrow(/sha256sum/);
        if (DEBS.includes(name)) expect(asReader("gpg", "--verify", `${name}.asc`, name).status).not.toBe(0);
        if (RPMS.includes(name)) expect(asReader("rpm", "--dbpath", reader, "--checksig", name).status).not.toBe(0);
      });
    });

    test("with a deb changed and summed up anew", () => {
      changed(DEBS[0] ?? "", flip, () => sumsAgain(() => expect(check).toThrow(/no good signature/)));
    });

    test("with an rpm changed and summed up anew", () => {
      changed(RPMS[0] ?? "", flip, () => sumsAgain(() => expect(check).toThrow(/rpmkeys --checksig/)));
    });

    test("with an rpm that is not signed, and summed up anew", () => {
      const unsigned = readFileSync(`dist/packages/${RPMS[0]}`);
      changed(
        RPMS[0] ?? "",
        () => unsigned,
        () => sumsAgain(() => expect(check).toThrow(/rpmkeys --checksig/)),
      );
    });

    test("with checksums that were changed", () => {
      const other = (bytes: Buffer) => Buffer.concat([bytes, Buffer.from(`${"0".repeat(64)}  RELEASE.md\n`)]);
      changed("SHA256SUMS", other, () => {
        expect(check).toThrow(/sha256sum/);
        expect(asReader("gpg", "--verify", "SHA256SUMS.asc", "SHA256SUMS").status).not.toBe(0);
      });
    });

    test("with an additional file", () => {
      writeFileSync(join(folder, "eic-agent_9.9.9_amd64.deb"), "");
      try {
        expect(check).toThrow(/not among the checksums: eic-agent_9\.9\.9/);
      } finally {
        rmSync(join(folder, "eic-agent_9.9.9_amd64.deb"));
      }
    });

    test("if another key has signed the checksums", () => {
      const other = keys.make("Somebody else");
      changed(
        "SHA256SUMS.asc",
        (bytes) => bytes,
        () => {
          signDetached(join(folder, "SHA256SUMS"), { fingerprint: other, name: "" });
          expect(check).toThrow(/no good signature/);
          expect(() => checkRelease(folder, other)).toThrow();
        },
      );
    });
  });

  test.each([
    { title: "a missing key", id: () => "0123456789ABCDEF0123456789ABCDEF01234567", message: /no secret key/ },
    { title: "a key that EL 8 cannot read", id: () => keys.make("Edwards", "ed25519"), message: /is not RSA/ },
    {
      title: "an ambiguous name",
      id: () => {
        keys.make("Twin one");
        keys.make("Twin two");
        return "Twin";
      },
      message: /names 2 secret keys/,
    },
  ])("is not signed with $title", ({ id, message }) => {
    const given = id();
    expect(() => signingKey(given)).toThrow(message);
  });
});
