/** The PEM reader: the blocks that it extracts from a text, and the input that it refuses. */
import { describe, expect, test } from "vitest";
import { PemError, readPem } from "../../src/verify/x509/pem.ts";

const block = (base64: string): string => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;

describe("certificates are cut out of a text", () => {
  test.each([
    { title: "none", text: "", gives: [] },
    { title: "text without blocks", text: "hello\n\n", gives: [] },
    { title: "one", text: block("AAEC"), gives: ["000102"] },
    { title: "two", text: block("AAEC") + block("Aw=="), gives: ["000102", "03"] },
    { title: "without a final newline", text: block("AAEC").trimEnd(), gives: ["000102"] },
    { title: "carriage returns", text: block("AAEC").replaceAll("\n", "\r\n"), gives: ["000102"] },
    { title: "several lines", text: block("AAEC\nAwQF\nBg=="), gives: ["00010203040506"] },
    { title: "lines with space around", text: block("  AAEC \n\tAwQF"), gives: ["000102030405"] },
    {
      title: "comments around",
      text: `first:\n${block("AAEC")}# and then\n${block("Aw==")}end`,
      gives: ["000102", "03"],
    },
  ])("$title", ({ text, gives }) => {
    expect(readPem(text).map((der) => Buffer.from(der).toString("hex"))).toEqual(gives);
  });
});

describe("anything else between the dashes is refused", () => {
  test.each([
    { title: "no end", text: "-----BEGIN CERTIFICATE-----\nAAEC\n", says: "without its END" },
    { title: "no beginning", text: "AAEC\n-----END CERTIFICATE-----\n", says: "END CERTIFICATE in the wrong place" },
    {
      title: "a beginning inside",
      text: `-----BEGIN CERTIFICATE-----\n${block("AAEC")}`,
      says: "BEGIN CERTIFICATE in the wrong place",
    },
    { title: "another label", text: block("AAEC").replaceAll("CERT", "X509 CERT"), says: '"X509 CERTIFICATE" where' },
    { title: "two labels", text: block("AAEC").replace("END CERTIFICATE", "END TRUST"), says: '"TRUST" where' },
    { title: "a label with control characters", text: "-----BEGIN \x1b[2J-----\n", says: '"\\u001b[2J" where' },
    { title: "no content", text: block(""), says: "not base64" },
    { title: "a header", text: block("Proc-Type: 4\n\nAAEC"), says: "not base64" },
    { title: "base64 without its padding", text: block("Aw"), says: "not base64" },
    { title: "base64 with set pad bits", text: block("Ax=="), says: "not base64" },
    { title: "padding inside", text: block("Aw==\nAw=="), says: "not base64" },
  ])("$title", ({ text, says }) => {
    expect(() => readPem(text)).toThrow(PemError);
    expect(() => readPem(text)).toThrow(says);
  });
});
