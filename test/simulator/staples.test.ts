/** The simulated staples, checked by openssl; and the list of them. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type Authority, startAuthority } from "../../src/simulator/authority/authority.ts";
import type { CertificateName } from "../../src/simulator/authority/certificate-names.ts";
import type { AuthorityOptions } from "../../src/simulator/authority/options.ts";
import { type Clock, runningClock, standingClock } from "../../src/simulator/clock.ts";
import { openssl } from "./openssl.ts";

const start = (options: AuthorityOptions = {}, clock: Clock = runningClock()) =>
  startAuthority("managed-ssh-signer.us-east-1.amazonaws.com", clock, options);

const ISSUERS = {
  signer: "intermediate",
  intermediate: "anchor",
  root: "services-anchor",
  "services-root": "old-root",
} as const;

/** For tests in which the keys do not matter: the keys that are generated fastest. */
const QUICK = { caKey: "ec-p256" } as const;

/** Returns the output of `openssl ocsp` for one staple. Every root is trusted, for certificates that are off the path. */
function judged(authority: Authority, name: keyof typeof ISSUERS, hash = "SHA-1"): string {
  const { file, run } = openssl();
  const pem = (one: CertificateName) => authority.certificate(one).pem;
  const roots = file("roots.pem", pem("anchor") + pem("services-anchor") + pem("old-root"));
  const issuer = file("issuer.pem", pem(ISSUERS[name]));
  const response = file("staple.der", authority.stapleOf(name));
  const about = [`-${hash.replace("-", "").toLowerCase()}`, "-cert", file("cert.pem", pem(name))];
  const trust = ["-no-CApath", "-CAfile", roots, "-verify_other", issuer];
  return run("ocsp", "-respin", response, "-issuer", issuer, ...about, ...trust).said;
}

const fresh = ["Response verify OK", expect.stringMatching(/cert\.pem: good/)];

describe("openssl accepts the staple", () => {
  test.each(
    (["issuer", "delegated"] as const).flatMap((responder) =>
      (["SHA-1", "SHA-256"] as const).flatMap((certIdHash) =>
        (["name", "key"] as const).map((responderId) => ({ responder, certIdHash, responderId })),
      ),
    ),
  )("signed by $responder, CertID in $certIdHash, responder by $responderId", async (staples) => {
    const authority = await start({ staples });
    for (const name of ["signer", "intermediate", "root", "services-root"] as const) {
      const said = judged(authority, name, staples.certIdHash).split("\n");
      expect([name, ...said]).toEqual(expect.arrayContaining(fresh));
    }
  });

  test.each(["ec-p256", "ec-p384"] as const)("of an authority with keys of %s", async (caKey) => {
    expect(judged(await start({ caKey }), "signer")).toContain("Response verify OK");
  });
});

test.each([
  { title: "unknown", options: { staples: { status: "unknown" } }, said: ": unknown" },
  { title: "stale", options: { staples: { age: "stale" } }, said: "status expired" },
  { title: "early", options: { staples: { age: "early" } }, said: "status not yet valid" },
  { title: "of another certificate", options: { staples: { serial: "42" } }, said: "No Status found" },
  { title: "of another issuer", options: { stapleIssuers: { signer: "services" } }, said: "No Status found" },
  { title: "with a flipped bit", options: { staples: { damage: "signature" } }, said: "Response Verify Failure" },
  { title: "unsigned", options: { staples: { damage: "unsigned" } }, said: "Response Verify Failure" },
  { title: "truncated", options: { staples: { damage: "truncated" } }, said: "Error reading OCSP response" },
  { title: "no answer", options: { staples: { responseStatus: "tryLater" } }, said: "Responder Error: trylater" },
  {
    title: "by a responder without the usage",
    options: { staples: { responder: "delegated" }, certificates: { responder: { extendedKeyUsages: [] } } },
    said: "missing ocspsigning usage",
  },
  {
    title: "by a responder of another issuer",
    options: { staples: { responder: "delegated" }, responderIssuer: "old" },
    said: "Response Verify Failure",
  },
] satisfies { title: string; options: AuthorityOptions; said: string }[])(
  "openssl rejects a staple that is $title",
  async ({ options, said }) => {
    expect(judged(await start({ ...QUICK, ...options }), "signer")).toContain(said);
  },
);

test("a revoked certificate's staple says revoked, and the others do not", async () => {
  const authority = await start(QUICK);
  authority.revoke("intermediate");
  expect(judged(authority, "intermediate")).toMatch(/cert\.pem: revoked[\s\S]*Reason: keyCompromise/);
  expect(judged(authority, "signer")).toContain("cert.pem: good");
});

test("a new signer is not revoked any more", async () => {
  const authority = await start(QUICK);
  authority.revoke("signer");
  await authority.rotate();
  expect(judged(authority, "signer")).toContain("cert.pem: good");
});

test("moving the clock eight days lets staples go stale, unless they are renewed", async () => {
  const clock = standingClock(new Date(Date.now() - 8 * 86_400_000));
  const [kept, renewed] = [await start(QUICK, clock), await start({ ...QUICK, renewStaples: true }, clock)];
  expect(judged(kept, "signer")).toContain("status expired");
  clock.advance(8 * 86_400);
  expect(judged(kept, "signer")).toContain("status expired");
  expect(judged(renewed, "signer")).toContain("cert.pem: good");
  kept.renewStaples();
  expect(judged(kept, "signer")).toContain("cert.pem: good");
});

describe("the list", () => {
  const ALL = ["signer", "intermediate", "root", "services-root"] as const;

  test.each([
    { stapleNames: "sha1", digest: "sha1" },
    { stapleNames: "sha256", digest: "sha256" },
  ] as const)("names staples by $digest of their certificates, in upper case", async ({ stapleNames, digest }) => {
    const authority = await start({ ...QUICK, stapleNames, brokenStaple: false });
    const { file, run } = openssl();
    const names = ALL.map((name) => {
      const path = file(`${name}.pem`, authority.certificate(name).pem);
      return /=(.*)/
        .exec(run("x509", "-noout", "-fingerprint", `-${digest}`, "-in", path).said)?.[1]
        ?.replaceAll(":", "");
    });
    expect(authority.stapleNames()).toEqual(names);
  });

  test("can have arbitrary names", async () => {
    const authority = await start({ ...QUICK, stapleNames: "arbitrary" });
    expect(authority.stapleNames()).toEqual(["staple-1", "staple-2", "staple-3", "staple-4", "staple-5"]);
  });

  test("has the staples in base64, and an invalid one", async () => {
    const authority = await start(QUICK);
    const served = authority.stapleNames().map((name) => authority.staple(name)?.toString());
    expect(served).toHaveLength(5);
    expect(served[0]).not.toMatch(/^[A-Za-z0-9+/=\s]+$/);
    expect(served.slice(1)).toEqual(ALL.map((name) => authority.stapleOf(name).toString("base64")));
    expect(authority.staple(createHash("sha1").digest("hex"))).toBeUndefined();
  });
});
