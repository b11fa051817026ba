/** Answers that a service can give, and the relay's expected reaction. Used with every form of the program. */
import type { Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Form } from "./programs.ts";
import { type Corner, openCorner } from "./sandbox.ts";
import { answer, end } from "./service.ts";

export const LINES = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXI=\necdsa-sha2-nistp256 AAAAE2VjZHNh\n";
const MOST = 1024 * 1024;
export const LONGEST = `${"x".repeat(MOST - 1)}\n`;

/** The one-shot program's answer; see one-shot.c. */
export const BY_ONE_SHOT = { status: 0, signal: null, stdout: "from the one-shot\n", stderr: "" } as const;
export const printed = (stdout: string, status = 0) => ({ status, signal: null, stdout, stderr: "" });

const ANSWERS: [string, (socket: Socket) => void, ReturnType<typeof printed>][] = [
  ["lines", end(answer(0, LINES)), printed(LINES)],
  ["no line", end(answer(0)), printed("")],
  ["a Fault", end(answer(1)), printed("", 1)],
  ["a usage error", end(answer(2)), printed("", 2)],
  ["every byte value", end(answer(0, allBytes())), printed(allBytes())],
  ["the longest answer", end(answer(0, LONGEST)), printed(LONGEST)],
  ["byte after byte", dripping(answer(0, LINES)), printed(LINES)],
];

const NO_ANSWERS: [string, (socket: Socket) => void][] = [
  ["nothing", (socket) => socket.end()],
  ["a reset", (socket) => socket.destroy()],
  ["a byte more than announced", end(answer(0, `${LINES}x`, LINES.length))],
  ["a byte less than announced", end(answer(0, LINES, LINES.length + 1))],
  ["a second answer", end(Buffer.concat([answer(0, LINES), answer(0, LINES)]))],
  ["a Fault with lines", end(answer(1, LINES))],
  ["a usage error, with lines", end(answer(2, LINES))],
  ["busy, with lines", end(answer(3, LINES))],
  ["a Fault that announces lines", end(answer(1, "", 1))],
  ["an unknown status", end(answer(4))],
  ["status 255", end(answer(255, LINES))],
  ["more than the most", end(answer(0, `x${LONGEST}`))],
  ["much more than the most", end(answer(0, LONGEST.repeat(3)))],
  ["the greatest announced length, and few lines", end(answer(0, LINES, 0xffff_ffff))],
  ["another magic", end(changed(answer(0, LINES), 0, 0x65))],
  ["another version", end(changed(answer(0, LINES), 3, 2))],
  ["one where the first zero belongs", end(changed(answer(0, LINES), 5, 1))],
  ["one where the second zero belongs", end(changed(answer(0, LINES), 6, 1))],
  ["one where the third zero belongs", end(changed(answer(0, LINES), 7, 1))],
  ["lines without a header", end(Buffer.from(LINES))],
  ["HTTP", end(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))],
  ["zeros", end(Buffer.alloc(4096))],
  ["its own request back", end(Buffer.from("EIC\x01\x00\x05\xff\xffalice", "latin1"))],
];

/** Defines the tests of answers. @param form form of the relay to test; all must behave alike */
export function describeAnswers(form: Form): void {
  let corner: Corner;
  beforeAll(async () => {
    corner = await openCorner(form);
  });
  afterAll(() => corner?.close());
  beforeEach(() => corner.forgetOneShots());

  describe("an answer", () => {
    test.each(ANSWERS)("%s: is printed unchanged", async (_, say, expected) => {
      const service = await corner.serve(say);
      const ended = await corner.call(["alice", "SHA256:abc"]);
      // Compared separately: a difference in a megabyte must not be printed.
      expect({ ...ended, stdout: "" }).toEqual({ ...expected, stdout: "" });
      expect(ended.stdout === expected.stdout).toBe(true);
      expect(service.asked).toEqual([{ user: "alice", fingerprint: "SHA256:abc" }]);
      expect(corner.oneShots().calls).toEqual([]);
    });

    test("busy, three times: asks again until it gets an answer", async () => {
      const service = await corner.serve((socket, _, nth) => socket.end(nth < 3 ? answer(3) : answer(0, LINES)));
      expect(await corner.call(["alice"])).toEqual(printed(LINES));
      expect(service.asked).toHaveLength(4);
      expect(corner.oneShots().calls).toEqual([]);
    });

    test("busy and then lines, each without having read the request: a connection that is reset has ended, too", async () => {
      const unread = (nth: number) => answer(nth % 2 === 0 ? 3 : 0, nth % 2 === 0 ? "" : LINES);
      await corner.serve(() => {}, { unread });
      for (let round = 0; round < 10; round += 1) expect(await corner.call(["alice"])).toEqual(printed(LINES));
      expect(corner.oneShots().calls).toEqual([]);
    });
  });

  describe("no answer", () => {
    test.each(NO_ANSWERS)("%s: the one-shot program answers, and no part of it is printed", async (_, say) => {
      await corner.serve(say);
      expect(await corner.call(["alice", "SHA256:abc"])).toEqual(BY_ONE_SHOT);
      const { calls } = corner.oneShots();
      expect(calls).toHaveLength(1);
      // At once: by its own clock, the relay has not waited the 2.4 s for a silent service.
      expect(Number(calls[0]?.words[3])).toBeGreaterThan(11_900 - 2400);
    });

    test("cut at any place: the same", async () => {
      const whole = answer(0, LINES);
      await corner.serve((socket, { user }) => socket.end(whole.subarray(0, Number(user))));
      const cuts = [...whole.keys()];
      for (let at = 0; at < cuts.length; at += 4) {
        const ended = await Promise.all(cuts.slice(at, at + 4).map((cut) => corner.call([`${cut}`])));
        expect(ended).toEqual(ended.map(() => BY_ONE_SHOT));
      }
      expect(corner.oneShots().calls).toHaveLength(whole.length);
    });

    test("any bit of the header flipped: the same", async () => {
      const whole = answer(0, LINES);
      const turned = (bit: number) => changed(whole, bit >> 3, (whole[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
      await corner.serve((socket, { user }) => socket.end(turned(Number(user))));
      // No single bit makes an answer of status 0 with these lines: 1 and 2 carry no lines, and other lengths are wrong.
      for (let bit = 0; bit < 96; bit += 4) {
        const ended = await Promise.all([0, 1, 2, 3].map((more) => corner.call([`${bit + more}`])));
        expect(ended).toEqual(ended.map(() => BY_ONE_SHOT));
      }
    });
  });

  describe("its request", () => {
    const fingerprint = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    test.each([
      { words: ["alice"], user: "alice", given: undefined },
      { words: ["alice", fingerprint], user: "alice", given: fingerprint },
      { words: ["alice", ""], user: "alice", given: "" },
      { words: ["", ""], user: "", given: "" },
      { words: [""], user: "", given: undefined },
      { words: ["--config", "/etc/passwd"], user: "--config", given: "/etc/passwd" },
      { words: ["--", "--"], user: "--", given: "--" },
      { words: ["-h"], user: "-h", given: undefined },
      { words: ["al\nice", "a b\t\x7f"], user: "al\nice", given: "a b\t\x7f" },
      { words: ["%s%n%u", "$(id)"], user: "%s%n%u", given: "$(id)" },
      { words: ["a".repeat(1000), "b".repeat(16)], user: "a".repeat(1000), given: "b".repeat(16) },
      { words: ["a".repeat(1016)], user: "a".repeat(1016), given: undefined },
      { words: ["", "b".repeat(1016)], user: "", given: "b".repeat(1016) },
    ])("$words", async ({ words, user, given }) => {
      const service = await corner.serve(end(answer(0, LINES)));
      expect(await corner.call(words)).toEqual(printed(LINES));
      expect(service.asked).toEqual([{ user, fingerprint: given }]);
    });

    test.each([
      { words: [], why: "no user" },
      { words: ["alice", "SHA256:abc", "more"], why: "a third word" },
      { words: ["alice", "SHA256:abc", ""], why: "an empty third word" },
      { words: ["alice", "--", "/bin/true"], why: "-- too early" },
      { words: ["a".repeat(1017)], why: "a byte too much" },
      { words: ["a".repeat(1000), "b".repeat(17)], why: "a byte too much together" },
      { words: ["", "b".repeat(1017)], why: "a byte too much of the fingerprint" },
      { words: ["a".repeat(100_000), "b".repeat(100_000)], why: "far too much" },
      { words: ["a".repeat(65_536)], why: "a length that would be 0 in two bytes" },
    ])("$why: exit 2, and no request is sent", async ({ words }) => {
      const service = await corner.serve(end(answer(0, LINES)));
      expect(await corner.call(words)).toEqual(printed("", 2));
      expect(service.asked).toEqual([]);
      expect(corner.oneShots().calls).toEqual([]);
    });
  });

  describe("with another command", () => {
    test.each([
      { words: ["alice", "SHA256:abc", "--", "/usr/bin/other", "-x", "", "--", "a b\n", "\xff"] },
      { words: ["--", "--", "--", "--"] },
      { words: ["", "", "--"] },
      { words: ["alice", "SHA256:abc", "--", ...Array.from({ length: 4000 }, (_, n) => `${n}`)] },
      { words: ["a".repeat(5000), "SHA256:abc", "--", "/usr/bin/other"] },
    ])("$words.length arguments: are passed unchanged, without slot, alarm and service", async ({ words }) => {
      const service = await corner.serve(end(answer(0, LINES)));
      // Node passes arguments to a program in UTF-8.
      const given = words.map((word) => Buffer.from(word, "utf8").toString("latin1"));
      expect(await corner.call(words)).toEqual(BY_ONE_SHOT);
      expect(corner.oneShots().calls).toEqual([
        { words: ["eic-agent", "authorized-keys", "--", ...given], alarm: 0, descriptors: [] },
      ]);
      expect(service.asked).toEqual([]);
    });
  });
}

function allBytes(): string {
  return Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString("latin1");
}

function changed(bytes: Buffer, at: number, to: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = to;
  return copy;
}

/** Sends each byte in a separate write, one per turn of the event loop. */
function dripping(bytes: Buffer): (socket: Socket) => void {
  return (socket) => {
    socket.setNoDelay(true);
    const drip = (at: number) => {
      if (at === bytes.length) socket.end();
      else socket.write(bytes.subarray(at, at + 1), () => setImmediate(drip, at + 1));
    };
    drip(0);
  };
}
