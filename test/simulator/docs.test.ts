/** Checks that the API behaves as docs/simulator.md says. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { API_ERRORS } from "../../src/simulator/api/api-errors.ts";
import { parseSettings } from "../../src/simulator/cli/settings-file.ts";
import { EC2_ERRORS } from "../../src/simulator/ec2/ec2-errors.ts";
import { filterNames } from "../../src/simulator/ec2/filters.ts";

const PAGE = readFileSync("docs/simulator.md", "utf8");

test("its table of errors has every error that the API knows, and no other, each with its status", () => {
  const table = PAGE.slice(PAGE.indexOf("### Errors"), PAGE.indexOf("### The log"));
  const rows = [...table.matchAll(/^\| `(\w+)` \| (\d+)[^|]*\| ./gm)];
  expect(Object.fromEntries(rows.map(([, name, status]) => [name, Number(status)]))).toEqual(
    Object.fromEntries(Object.entries(API_ERRORS).map(([name, { status }]) => [name, status])),
  );
  expect(rows).toHaveLength(Object.keys(API_ERRORS).length);
});

test("its table of EC2's errors has every error of that API, and no other, each with its status", () => {
  const section = PAGE.slice(PAGE.indexOf("### DescribeInstances"), PAGE.indexOf("### Errors"));
  const rows = [...section.matchAll(/^\| `([\w.]+)` \| (\d+) \| ./gm)];
  expect(rows.map(([, name, status]) => [name, Number(status)])).toEqual(
    Object.entries(EC2_ERRORS).map(([name, { status }]) => [name, status]),
  );
});

test("its list of filters is the list that DescribeInstances has", () => {
  const [, list = ""] = /^- \*\*Filters:\*\* (.*?)\. EC2 has more/m.exec(PAGE) ?? [];
  expect(list.split(", ").filter((name) => name !== "`tag:KEY`")).toEqual(filterNames().map((name) => `\`${name}\``));
});

test("its settings file can be read", () => {
  const [, text = ""] = /^```toml\n(.*?)^```/ms.exec(PAGE) ?? [];
  expect(parseSettings(text)).toMatchObject({
    instances: [
      { id: "i-0abcdef1234567890", serialConsole: "enabled", tags: { Name: "web" } },
      { metadata: { port: 8181 } },
    ],
    principals: [{}, { osUsers: ["ec2-user"], account: "active" }],
  });
});
