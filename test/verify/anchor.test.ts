/** Trust anchors: the certificates of a root-owned file that are accepted as anchors. */
import { afterAll, describe, expect, test } from "vitest";
import { readAnchors } from "../../src/verify/x509/anchor.ts";
import { CaseBuilder, pemOfDer } from "../support/cases/case-builder.ts";
import { OpensslDir } from "../support/openssl.ts";

const shop = new OpensslDir();
afterAll(() => shop.close());
const bench = new CaseBuilder(shop, new Date());
const { root, intermediate, leaf } = await bench.chain();
const selfSignedLeaf = await bench.root({ extensions: { basicConstraints: "critical,CA:FALSE" } });
const [crossSigned] = await bench.crossSigned();

test("several self-issued CA certificates are read, with the text between them", () => {
  const other = `# a comment\n${root.pem}\nanother one:\n${root.pem}`;
  expect(readAnchors(other, "a file").map(({ der }) => Buffer.from(der))).toEqual([root.der, root.der]);
});

describe("anything else is a Fault that names the file", () => {
  test.each([
    { title: "nothing", text: "", message: "no certificate in it" },
    { title: "a text without certificates", text: "hello\n", message: "no certificate in it" },
    { title: "a leaf", text: leaf.pem, message: "is not self-issued" },
    { title: "an intermediate", text: intermediate.pem, message: '"Vector RSA 2048 M01" is not self-issued' },
    { title: "a cross-signed root", text: crossSigned.pem, message: "is not self-issued" },
    {
      title: "a self-signed certificate that is not a CA",
      text: selfSignedLeaf.pem,
      message: "is not a CA certificate",
    },
    { title: "a good one and a leaf", text: root.pem + leaf.pem, message: "is not self-issued" },
    { title: "one cut short", text: pemOfDer(root.der.subarray(0, -1)), message: "ends inside an element" },
    {
      title: "one with a byte too many",
      text: pemOfDer(Buffer.concat([root.der, Buffer.alloc(1)])),
      message: "bytes after",
    },
    { title: "another label", text: root.pem.replaceAll("CERTIFICATE", "TRUST"), message: '"TRUST" where' },
    { title: "no end", text: root.pem.slice(0, -30), message: "without its END" },
  ])("$title", ({ text, message }) => {
    expect(() => readAnchors(text, "/etc/anchors.pem")).toThrow(
      expect.objectContaining({ code: "ANCHORS_INVALID", message: expect.stringContaining(message) }),
    );
    expect(() => readAnchors(text, "/etc/anchors.pem")).toThrow(/^\/etc\/anchors\.pem: /);
  });
});
