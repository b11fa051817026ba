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
    { title: "no end", text: "-----BEGIN CERTIFICATE-----\nAAEC\n", message: "without its END" },
    { title: "no beginning", text: "AAEC\n-----END CERTIFICATE-----\n", message: "END CERTIFICATE in the wrong place" },
    {
      title: "a beginning inside",
      text: `-----BEGIN CERTIFICATE-----\n${block("AAEC")}`,
      message: "BEGIN CERTIFICATE in the wrong place",
    },
    {
      title: "another label",
      text: block("AAEC").replaceAll("CERT", "X509 CERT"),
      message: '"X509 CERTIFICATE" where',
    },
    { title: "two labels", text: block("AAEC").replace("END CERTIFICATE", "END TRUST"), message: '"TRUST" where' },
    { title: "a label with control characters", text: "-----BEGIN \x1b[2J-----\n", message: '"\\u001b[2J" where' },
    { title: "no content", text: block(""), message: "not base64" },
    { title: "a header", text: block("Proc-Type: 4\n\nAAEC"), message: "not base64" },
    { title: "base64 without its padding", text: block("Aw"), message: "not base64" },
    { title: "base64 with set pad bits", text: block("Ax=="), message: "not base64" },
    { title: "padding inside", text: block("Aw==\nAw=="), message: "not base64" },
  ])("$title", ({ text, message }) => {
    expect(() => readPem(text)).toThrow(PemError);
    expect(() => readPem(text)).toThrow(message);
  });
});
