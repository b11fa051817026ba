/** Key documents: blocks signed by `openssl dgst`, then served unchanged or modified. */
import type { Issued } from "../openssl-certificates.ts";
import type { CaseBuilder } from "./case-builder.ts";
import { ED25519 } from "./ssh-keys.ts";

/** Changes to the usual block. */
export interface Block {
  /** `#` lines, without LF. */
  readonly fields?: (bench: CaseBuilder) => readonly string[];
  readonly line?: string;
  /** Signs the text in another way than the service. */
  readonly sign?: (bench: CaseBuilder, text: Buffer, keyFile: string) => Promise<Buffer>;
  /** Changes the base64 of the signature, or the text, after signing. */
  readonly signature?: (base64: string) => string;
  readonly served?: (text: string) => string;
}

/** Returns a function that signs with RSA-PSS; the defaults are the service's only scheme. */
export const pss =
  (digest = "sha256", saltLength = 32) =>
  (bench: CaseBuilder, text: Buffer, keyFile: string): Promise<Buffer> => {
    const scheme = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", `rsa_pss_saltlen:${saltLength}`];
    return bench.shop.run(["dgst", `-${digest}`, ...scheme, "-sign", keyFile], text);
  };

export const INSTANCE_LINE = "#Instance=i-0abcdef1234567890";
export const CALLER_LINE = "#Caller=arn:aws:sts::111122223333:assumed-role/Admin/session";
export const REQUEST_LINE = "#Request=2b0f8d2e-6a0c-4f7e-9a59-d5a9b0a0f1aa";

/** Returns the `#Timestamp=` line for that many seconds after the builder's now. */
export const timestamp = (bench: CaseBuilder, seconds = 55): string =>
  `#Timestamp=${Math.floor(bench.now.getTime() / 1000) + seconds}`;

export const usualFields = (bench: CaseBuilder): string[] => [
  timestamp(bench),
  INSTANCE_LINE,
  CALLER_LINE,
  REQUEST_LINE,
];

/** Returns the fields of a key that expires that many seconds after now. */
export const ending =
  (seconds: number) =>
  (bench: CaseBuilder): string[] => [timestamp(bench, seconds), INSTANCE_LINE];

export async function blockOf(bench: CaseBuilder, leaf: Issued, block: Block): Promise<string> {
  const { fields = usualFields, line = ED25519, sign = pss(), served = same, signature = same } = block;
  const text = [...fields(bench), line, ""].join("\n");
  const bytes = await sign(bench, Buffer.from(text, "latin1"), leaf.keyFile);
  return `${served(text)}${signature(bytes.toString("base64"))}\n`;
}

const same = (text: string): string => text;

export async function documentOf(bench: CaseBuilder, leaf: Issued, blocks: readonly Block[]): Promise<Buffer> {
  const texts: string[] = [];
  for (const block of blocks) texts.push(await blockOf(bench, leaf, block));
  return Buffer.from(texts.join("\n"), "latin1");
}
