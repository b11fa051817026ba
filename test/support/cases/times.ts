/** Cases about the expiry of a key: its spelling, and its time. */
import { ending, INSTANCE_LINE, timestamp } from "./blocks.ts";
import { accepted, type Case, refused } from "./case.ts";

/** Spellings that a lax reader would accept as a time in the near future. `t` is a valid timestamp. */
const SPELLINGS: readonly (readonly [name: string, write: (t: string) => string])[] = [
  ["plus-sign", (t) => `+${t}`],
  ["minus-sign", (t) => `-${t}`],
  ["leading-space", (t) => ` ${t}`],
  ["trailing-space", (t) => `${t} `],
  ["fraction", (t) => `${t}.0`],
  ["hexadecimal", (t) => `0x${Number(t).toString(16)}`],
  ["exponent", (t) => `${t}e0`],
  ["thirteen-digits", (t) => t.padStart(13, "0")],
  ["milliseconds", (t) => `${t}000`],
  ["underscore", (t) => t.replace(/(\d)(\d{3})$/, "$1_$2")],
  [
    "arabic-digits",
    (t) => Buffer.from(t.replace(/\d/g, (d) => String.fromCharCode(0x660 + Number(d)))).toString("latin1"),
  ],
  ["word", () => "Infinity"],
  ["empty", () => ""],
];

export const TIMES: readonly Case[] = [
  ...SPELLINGS.map(
    ([name, write]): Case => ({
      name: `bad-timestamp-${name}`,
      make: (b) => {
        const line = (text: string) => `#Timestamp=${write(text.replace("#Timestamp=", ""))}`;
        return b.scene({ blocks: [{ fields: (at) => [line(timestamp(at)), INSTANCE_LINE] }] });
      },
      expects: refused("bad-timestamp"),
    }),
  ),
  {
    name: "timestamp-with-leading-zeros",
    make: (b) => b.scene({ blocks: [{ fields: (at) => [timestamp(at).replace("=", "=00"), INSTANCE_LINE] }] }),
    expects: accepted,
  },
  {
    // The allowed clock skew never extends the life of a key, even at its maximum.
    name: "expired-one-second-ago-with-the-widest-skew",
    make: (b) => b.scene({ clockSkewSeconds: 900, blocks: [{ fields: ending(-1) }] }),
    expects: refused("expired"),
  },
  {
    name: "expired-this-second",
    make: (b) => b.scene({ blocks: [{ fields: ending(0) }] }),
    expects: refused("expired"),
  },
  {
    name: "expired-in-1970",
    make: (b) => b.scene({ blocks: [{ fields: () => ["#Timestamp=0", INSTANCE_LINE] }] }),
    expects: refused("expired"),
  },
  {
    name: "ahead-within-the-skew",
    make: (b) => b.scene({ blocks: [{ fields: ending(60 + 300) }] }),
    expects: accepted,
  },
  {
    name: "too-far-ahead",
    make: (b) => b.scene({ blocks: [{ fields: ending(60 + 300 + 60) }] }),
    expects: refused("too-far-ahead"),
  },
  {
    name: "too-far-ahead-without-skew",
    make: (b) =>
      b.scene({
        clockSkewSeconds: 0,
        blocks: [{ fields: ending(60 + 60) }],
        // By default, openssl sets thisUpdate to the second in which it makes the staple, which may be after `now`.
        staples: (c) => b.staples(c, { thisUpdate: b.after(-3600) }),
      }),
    expects: refused("too-far-ahead"),
  },
  {
    name: "too-far-ahead-by-thirty-thousand-years",
    make: (b) => b.scene({ blocks: [{ fields: () => ["#Timestamp=999999999999", INSTANCE_LINE] }] }),
    expects: refused("too-far-ahead"),
  },
];
