/** Cases about the signature of a block: every scheme except the right one, and changes to the signed bytes. */

import { type Block, pss } from "./blocks.ts";
import { type Case, refused } from "./case.ts";
import type { CaseBuilder } from "./case-builder.ts";
import { SECOND } from "./ssh-keys.ts";

/** Blocks that are signed correctly and then changed, or signed in another way. */
const FORGED: readonly (readonly [name: string, block: Block])[] = [
  ["salt-of-20-bytes", { sign: pss("sha256", 20) }],
  ["salt-of-0-bytes", { sign: pss("sha256", 0) }],
  ["salt-as-long-as-it-can-be", { sign: pss("sha256", 222) }],
  ["sha1", { sign: pss("sha1", 32) }],
  ["sha1-salt-of-20-bytes", { sign: pss("sha1", 20) }],
  ["sha384", { sign: pss("sha384", 32) }],
  ["sha512", { sign: pss("sha512", 32) }],
  ["mgf1-with-sha1", { sign: withOptions("rsa_padding_mode:pss", "rsa_pss_saltlen:32", "rsa_mgf1_md:sha1") }],
  ["pkcs1-v1_5", { sign: withOptions("rsa_padding_mode:pkcs1") }],
  ["x931", { sign: withOptions("rsa_padding_mode:x931") }],
  ["without-the-last-newline", { sign: (b, text, key) => pss()(b, text.subarray(0, -1), key) }],
  ["with-one-newline-more", { sign: (b, text, key) => pss()(b, Buffer.concat([text, Buffer.from("\n")]), key) }],
  ["over-the-key-line-alone", { sign: (b, text, key) => pss()(b, text.subarray(text.indexOf("ssh-")), key) }],
  ["of-nothing", { sign: (b, _, key) => pss()(b, Buffer.alloc(0), key) }],
  ["zeros", { sign: async () => Buffer.alloc(256) }],
  ["ones", { sign: async () => Buffer.alloc(256, 0xff) }],
  ["by-another-key", { sign: async (b, text) => pss()(b, text, await b.shop.key({ kind: "rsa", of: "stranger" })) }],
  ["another-caller", { served: (text) => text.replace("Admin", "Bdmin") }],
  ["another-end", { served: (text) => text.replace(/(\d)\n/, (_, d) => `${9 - Number(d)}\n`) }],
  ["another-key", { served: (text) => text.replace(/ssh-.*/, SECOND) }],
  ["a-comment-added", { served: (text) => text.replace(/(ssh-.*)/, "$1 comment") }],
  ["an-option-added", { served: (text) => text.replace("ssh-", "restrict ssh-") }],
  ["a-field-added", { served: (text) => `#Later=1\n${text}` }],
  ["a-field-removed", { served: (text) => text.replace(/#Request.*\n/, "") }],
  ["fields-in-another-order", { served: (text) => text.replace(/(#Timestamp.*\n)(#Instance.*\n)/, "$2$1") }],
  ["case-of-a-field-name", { served: (text) => text.replace("#Caller", "#caller") }],
];

function withOptions(...options: string[]) {
  return (bench: CaseBuilder, text: Buffer, keyFile: string): Promise<Buffer> =>
    bench.shop.run(["dgst", "-sha256", ...options.flatMap((o) => ["-sigopt", o]), "-sign", keyFile], text);
}

const LENGTHS: readonly (readonly [name: string, bytes: (signature: Buffer) => Buffer])[] = [
  ["one-byte-short", (signature) => signature.subarray(0, -1)],
  ["one-byte-long", (signature) => Buffer.concat([signature, Buffer.alloc(1)])],
  ["one-zero-in-front", (signature) => Buffer.concat([Buffer.alloc(1), signature])],
  ["three-bytes", () => Buffer.alloc(3)],
];

export const SIGNATURE: readonly Case[] = [
  ...FORGED.map(
    ([name, block]): Case => ({
      name: `signature-${name}`,
      make: (b) => b.scene({ blocks: [block] }),
      expects: refused("bad-signature"),
    }),
  ),
  ...LENGTHS.map(([name, bytes]): Case => {
    const signature = (base64: string) => bytes(Buffer.from(base64, "base64")).toString("base64");
    return {
      name: `signature-length-${name}`,
      make: (b) => b.scene({ blocks: [{ signature }] }),
      expects: refused("signature-length"),
    };
  }),
  {
    name: "signature-of-another-block",
    make: async (b) => {
      const scene = await b.scene({ blocks: [{}, { line: SECOND }] });
      const [first = "", second = ""] = scene.served.keys.toString("latin1").split("\n\n");
      const swapped = first.replace(/[^\n]+\n?$/, second.trimEnd().split("\n").at(-1) ?? "");
      return { ...scene, served: { ...scene.served, keys: Buffer.from(`${swapped}\n\n${second}`, "latin1") } };
    },
    expects: { verdicts: ["bad-signature", "accepted"] },
  },
  {
    // The separator is removed: the lines of two blocks, with the first block's signature.
    name: "signature-two-blocks-joined",
    make: async (b) => {
      const scene = await b.scene({ blocks: [{}, { line: SECOND }] });
      const keys = Buffer.from(scene.served.keys.toString("latin1").replace("\n\n", "\n"), "latin1");
      return { ...scene, served: { ...scene.served, keys } };
    },
    expects: refused("broken-block"),
  },
];
