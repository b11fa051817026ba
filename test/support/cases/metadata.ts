/** Cases about the small unsigned values from the metadata service: instance, region, domain. */
import { accepted, type Case, fault, refused } from "./case.ts";

const OTHER = "i-0fffffffffffffff0";
const signerOf = (region: string, domain = "amazonaws.com") => {
  const name = `managed-ssh-signer.${region}.${domain}`;
  return { region, domain, leaf: { subject: "/CN=Vector signer", extensions: { subjectAltName: `DNS:${name}` } } };
};

export const METADATA: readonly Case[] = [
  { name: "instance-mismatch", make: (b) => b.scene({ instanceId: OTHER }), expects: fault("INSTANCE_MISMATCH") },
  {
    // Genuine documents of another instance: an attack that no certificate chain prevents.
    name: "instance-mismatch-whole-world-of-another",
    make: (b) =>
      b.scene({
        instanceId: OTHER,
        blocks: [{ fields: (at) => [`#Timestamp=${Math.floor(at.now.getTime() / 1000) + 55}`, `#Instance=${OTHER}`] }],
      }),
    expects: fault("INSTANCE_MISMATCH"),
  },
  {
    name: "instance-unchecked-but-not-the-keys",
    make: (b) => b.scene({ ownId: null, instanceId: OTHER }),
    expects: refused("wrong-instance"),
  },
  { name: "instance-unchecked", make: (b) => b.scene({ ownId: null }), expects: accepted },
  ...[
    "",
    "i-",
    "i-0ABCDEF1234567890",
    "i-0abcdef1234567890\n\n",
    "i-xyz",
    " i-0abcdef1234567890",
    `i-${"0".repeat(33)}`,
  ].map(
    (instanceId, i): Case => ({
      name: `instance-malformed-${i + 1}`,
      make: (b) => b.scene({ instanceId, ownId: null }),
      expects: fault("METADATA_MALFORMED"),
    }),
  ),
  { name: "region-another", make: (b) => b.scene(signerOf("us-west-2")), expects: accepted },
  { name: "region-of-one-letter", make: (b) => b.scene(signerOf("x")), expects: accepted },
  { name: "region-of-63-letters", make: (b) => b.scene(signerOf("r".repeat(63))), expects: accepted },
  { name: "region-not-the-signers", make: (b) => b.scene({ region: "us-east-2" }), expects: fault("SIGNER_NAME") },
  ...["", "us-east-1.evil", "US-EAST-1", "us-east-1\n\n", "us_east", "*", "r".repeat(64), "us-east-1\0"].map(
    (region, i): Case => ({
      name: `region-malformed-${i + 1}`,
      make: (b) => b.scene({ region }),
      expects: fault("METADATA_MALFORMED"),
    }),
  ),
  { name: "domain-of-china", make: (b) => b.scene(signerOf("cn-north-1", "amazonaws.com.cn")), expects: accepted },
  {
    name: "domain-from-the-settings",
    make: (b) => b.scene({ ...signerOf("eusc-de-east-1", "vector.example"), domains: ["vector.example"] }),
    expects: accepted,
  },
  ...[
    "evil.example",
    "",
    "amazonaws.com.",
    "AMAZONAWS.COM",
    "x.amazonaws.com",
    "amazonaws.com.evil.example",
    "com",
  ].map(
    (domain, i): Case => ({
      name: `domain-unknown-${i + 1}`,
      make: (b) =>
        b
          .scene(signerOf("us-east-1", domain || "none.example"))
          .then((scene) => ({ ...scene, served: { ...scene.served, domain } })),
      expects: fault("DOMAIN_UNKNOWN"),
    }),
  ),
];
