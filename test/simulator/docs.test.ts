/** Checks that the API behaves as docs/simulator.md says. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { API_ERRORS } from "../../src/simulator/api/api-errors.ts";
import { parseSettings } from "../../src/simulator/cli/settings-file.ts";

const PAGE = readFileSync("docs/simulator.md", "utf8");

test("its table of errors has every error that the API knows, and no other, each with its status", () => {
  const table = PAGE.slice(PAGE.indexOf("### Errors"), PAGE.indexOf("### The log"));
  const rows = [...table.matchAll(/^\| `(\w+)` \| (\d+)[^|]*\| ./gm)];
  expect(Object.fromEntries(rows.map(([, name, status]) => [name, Number(status)]))).toEqual(
    Object.fromEntries(Object.entries(API_ERRORS).map(([name, { status }]) => [name, status])),
  );
  expect(rows).toHaveLength(Object.keys(API_ERRORS).length);
});

test("its settings file can be read", () => {
  const [, text = ""] = /^```toml\n(.*?)^```/ms.exec(PAGE) ?? [];
  expect(parseSettings(text)).toMatchObject({
    instances: [{ id: "i-0abcdef1234567890", serialConsole: "enabled" }, { metadata: { port: 8181 } }],
    principals: [{}, { osUsers: ["ec2-user"], account: "active" }],
  });
});
