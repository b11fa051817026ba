/** The form of the files for AWS's tools, which cannot be run here: required keys, and the syntax of every shell step. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeWith } from "../../support/needs.ts";

const EXAMPLES = "packaging/examples/aws";

/** Returns what the shell says about the syntax of a script, with each placeholder `{{ NAME }}` as a word. */
function syntaxErrors(script: string): string {
  const input = script.replace(/\{\{ \w+ \}\}/g, "word");
  const { status, stderr } = spawnSync("sh", ["-n"], { input, encoding: "utf8" });
  return status === 0 ? "" : `${stderr}${script}`;
}

interface Component {
  readonly schemaVersion: number;
  readonly name: string;
  readonly parameters: readonly Readonly<Record<string, { readonly type: string }>>[];
  readonly phases: readonly {
    readonly name: string;
    readonly steps: readonly { name: string; action: string; inputs: { commands: readonly string[] } }[];
  }[];
}

interface Document {
  readonly schemaVersion: string;
  readonly parameters: Readonly<Record<string, { readonly type: string; readonly allowedValues: readonly string[] }>>;
  readonly mainSteps: readonly { action: string; name: string; inputs: { runCommand: readonly string[] } }[];
}

const placeholdersIn = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{\{ (\w+) \}\}/g)].map(([, name = ""]) => name))].sort();

describeWith("yaml", "the examples for AWS's tools", () => {
  test("include a component for Image Builder, of its form", () => {
    const text = readFileSync(`${EXAMPLES}/image-builder.yaml`, "utf8");
    const program = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)";
    const read = spawnSync("/usr/bin/python3", ["-c", program], { input: text, encoding: "utf8" });
    expect(read.stderr).toBe("");
    const component = JSON.parse(read.stdout) as Component;
    expect(component).toMatchObject({ schemaVersion: 1, name: "eic-agent" });
    expect(component.phases.map(({ name }) => name)).toEqual(["build", "validate", "test"]);
    const steps = component.phases.flatMap((phase) => phase.steps);
    expect(steps.filter(({ action, name }) => action !== "ExecuteBash" || !/^\w+$/.test(name))).toEqual([]);
    const commands = steps.flatMap(({ inputs }) => inputs.commands);
    expect(commands.map(syntaxErrors).filter((error) => error !== "")).toEqual([]);
    const names = component.parameters.flatMap((one) => Object.keys(one));
    expect(placeholdersIn(commands.join("\n"))).toEqual(names.sort());
  });

  test("include a document for Systems Manager, of its form", () => {
    const document = JSON.parse(readFileSync(`${EXAMPLES}/ssm-document.json`, "utf8")) as Document;
    expect(document.schemaVersion).toBe("2.2");
    expect(document.mainSteps.map(({ name }) => name)).toEqual(["install", "enable", "doctor"]);
    expect(document.mainSteps.filter(({ action }) => action !== "aws:runShellScript")).toEqual([]);
    const scripts = document.mainSteps.map(({ inputs }) => inputs.runCommand.join("\n"));
    expect(scripts.map(syntaxErrors).filter((error) => error !== "")).toEqual([]);
    expect(placeholdersIn(scripts.join("\n"))).toEqual(Object.keys(document.parameters).sort());
    // A value of a parameter is put into a shell script: only listed values may be.
    expect(Object.values(document.parameters).filter(({ allowedValues }) => !(allowedValues.length > 0))).toEqual([]);
  });

  test.each(["enable", "chain", "replace", "trial"])(
    "whose document calls enable with the flag of its mode: %s",
    (mode) => {
      const { mainSteps } = JSON.parse(readFileSync(`${EXAMPLES}/ssm-document.json`, "utf8")) as Document;
      const lines = mainSteps.find(({ name }) => name === "enable")?.inputs.runCommand ?? [];
      const script = `eic-agent() { echo "$@"; }\n${lines.join("\n")}`
        .replaceAll("{{ Mode }}", mode)
        .replaceAll("{{ EditMain }}", "yes");
      // dash has no functions with a dash in their name.
      const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
      const flag = mode === "enable" ? "" : ` --${mode}`;
      expect({ stdout, stderr }).toEqual({ stdout: `settings check\nsshd enable${flag} --edit-main\n`, stderr: "" });
    },
  );

  test("include a template for Packer, with balanced blocks and a script without errors", () => {
    const text = readFileSync(`${EXAMPLES}/eic-agent.pkr.hcl`, "utf8");
    for (const [open, close] of ["{}", "[]"]) {
      expect(text.split(open ?? "").length).toBe(text.split(close ?? "").length);
    }
    const [, inline = ""] = /inline = \[\n([\s\S]*?)\n {4}\]/.exec(text) ?? [];
    const lines = JSON.parse(`[${inline.replace(/,\s*$/, "")}]`) as string[];
    expect(lines.at(-2)).toBe("sudo eic-agent sshd status");
    expect(syntaxErrors(lines.join("\n"))).toBe("");
  });
});
