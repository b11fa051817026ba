/** Import rules of src, and what verify/ must not use. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { type Import, importsOf as importsIn } from "./architecture/imports.ts";
import { DOORS, ROOMS } from "./architecture/rooms.ts";

const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
/** @param file path relative to src */
const importsOf = (file: string): Import[] => importsIn(join("src", file));

function isAllowed(file: string, { name, typeOnly }: Import): boolean {
  const room = ROOMS.find((row) => row.room.test(file));
  if (room === undefined) return false;
  if (!name.startsWith(".")) return room.packages.some((allowed) => allowed.test(name));
  const target = normalize(join(dirname(file), name));
  if (!existsSync(join("src", target))) return false;
  return (
    room.files.some((allowed) => allowed.test(target)) ||
    (typeOnly && (room.types ?? []).some((allowed) => allowed.test(target)))
  );
}

describe("the import table", () => {
  test("covers every file", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.filter((file) => !ROOMS.some(({ room }) => room.test(file)))).toEqual([]);
  });

  test.each(files.map((file) => ({ file })))("$file imports only what its room may", ({ file }) => {
    expect(
      importsOf(file)
        .filter((found) => !isAllowed(file, found))
        .map(({ name }) => name),
    ).toEqual([]);
  });

  test.each(Object.entries(DOORS).map(([name, door]) => ({ name, door })))("$name has one door", ({ name, door }) => {
    const users = files.filter((file) => importsOf(file).some((found) => found.name === name));
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((file) => !door.test(file))).toEqual([]);
  });

  test.each([
    { file: "verify/verifier.ts", name: "node:fs", typeOnly: false },
    { file: "verify/verifier.ts", name: "../settings/defaults.ts", typeOnly: true },
    { file: "metadata/fetch.ts", name: "../verify/verifier.ts", typeOnly: false },
    { file: "simulator/authority/authority.ts", name: "../../verify/der/der.ts", typeOnly: false },
    { file: "main.ts", name: "yargs", typeOnly: false },
    { file: "main.ts", name: "./simulator/main.ts", typeOnly: false },
    { file: "new-room/file.ts", name: "node:fs", typeOnly: false },
  ])("would refuse $name in $file", ({ file, name, typeOnly }) => {
    expect(isAllowed(file, { name, typeOnly })).toBe(false);
  });
});

describe("verify/", () => {
  test.each(files.filter((file) => file.startsWith("verify/")).map((file) => ({ file })))(
    "$file reads no clock and no environment",
    ({ file }) => {
      const source = readFileSync(join("src", file), "utf8");
      expect(source).not.toMatch(
        /Date\.now\(|new Date\(\)|performance\.|Math\.random|process\.|fetch\(|setTimeout|globalThis/,
      );
    },
  );
});
