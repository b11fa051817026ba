/** Detection of a changed file: absent, behind a link, a dangling link, with other permissions. */
import { chmodSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { identityOf } from "../../src/service/cache/file-identity.ts";

function folder(): string {
  const at = mkdtempSync("/tmp/eic-identity-");
  onTestFinished(() => rmSync(at, { recursive: true, force: true }));
  return at;
}

test("each state of a file has another identity, which does not change while the file does not", () => {
  const at = folder();
  const path = join(at, "config.toml");
  const elsewhere = join(at, "elsewhere");
  writeFileSync(elsewhere, "other");
  const states: [string, () => void][] = [
    ["absent", () => undefined],
    ["there", () => writeFileSync(path, "text")],
    ["with other bytes", () => writeFileSync(path, "tex2")],
    ["with other rights", () => chmodSync(path, 0o600)],
    [
      "another file",
      () => {
        writeFileSync(`${path}.new`, "tex2");
        renameSync(`${path}.new`, path);
      },
    ],
    [
      "a link",
      () => {
        unlinkSync(path);
        symlinkSync("elsewhere", path);
      },
    ],
    ["a dangling link", () => unlinkSync(elsewhere)],
    [
      "in a path that is not a folder",
      () => {
        rmSync(at, { recursive: true });
        writeFileSync(at, "");
      },
    ],
    ["in a folder that is absent", () => unlinkSync(at)],
  ];
  const seen = states.map(([state, make]) => {
    make();
    const { identity } = identityOf([path]);
    expect(identityOf([path]).identity, state).toBe(identity);
    return identity;
  });
  expect(new Set(seen).size).toBe(states.length);
});

test("for several files the latest change counts", () => {
  const at = folder();
  const [one, two] = [join(at, "one"), join(at, "two")];
  writeFileSync(one, "");
  expect(identityOf([one, two]).changedMs).toBe(identityOf([one]).changedMs);
  writeFileSync(two, "");
  expect(identityOf([one, two]).changedMs).toBe(identityOf([two]).changedMs);
});
