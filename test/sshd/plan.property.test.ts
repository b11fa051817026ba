/**
 * For any configuration and any options: the plan of `enable` wins by the rules of sshd's files, asking for it again changes
 * nothing, and `disable` restores every byte.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { globalSource, noneAsUndefined, walkConfig } from "../../src/sshd/inspect/config-walk.ts";
import { settingWords, sshdUnit } from "../../src/sshd/inspect/unit.ts";
import type { SessionSetting } from "../../src/sshd/inspect/user-environment.ts";
import { type PlanInput, planEnable } from "../../src/sshd/wiring/plan.ts";
import { removal } from "../../src/sshd/wiring/removal.ts";
import { wantedLine } from "../../src/sshd/wiring/session-line.ts";
import { hosts, wishes } from "./hosts.ts";
import { applied, diskOf, type Tree, treeOf } from "./memory-disk.ts";
import { DROP_IN, MAIN } from "./sshd-files.ts";

const host = hosts.map(treeOf);

function situationOf(tree: Tree, session: SessionSetting = { kind: "off" }): PlanInput {
  const disk = diskOf(tree);
  const walk = walkConfig(MAIN, disk);
  const words = settingWords(sshdUnit(disk)?.words ?? []);
  const value = (keyword: string) => noneAsUndefined(globalSource(keyword, walk, words)?.value ?? "none");
  const inForce = { command: value("authorizedkeyscommand"), user: value("authorizedkeyscommanduser") };
  const permits = wantedLine(session, { disk, main: MAIN, words, version: "OpenSSH_9.2p1" });
  const sshd = { main: MAIN, processArgs: undefined, unitNames: undefined, runningWords: [] };
  return { disk, ...sshd, inForce, members: [], permits };
}

const ON: SessionSetting = { kind: "on", names: ["EIC_CALLER", "EIC_REQUEST_ID"] };
/** A line of an administrator, at one of the places where sshd reads it for all users. */
const permitLine = fc.tuple(
  fc.constantFrom("/etc/ssh/sshd_config.d/00-p.conf", "/etc/ssh/sshd_config.d/99-p.conf", undefined),
  fc.constantFrom("no", "yes", "LANG", "EIC_*"),
);
function withLine(tree: Tree, [path, value]: readonly [string | undefined, string]): Tree {
  const line = treeOf({ [path ?? MAIN]: `PermitUserEnvironment ${value}\n` });
  return path === undefined ? tree : new Map([...tree, ...line]);
}

const asObject = (tree: Tree) => Object.fromEntries([...tree].toSorted());

describe("the plan of enable", () => {
  const RUNS = { numRuns: 700 };

  test("is in force, is not repeated, and is reverted byte for byte", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(host, wishes, (tree, asked) => {
        const plan = planEnable(asked, situationOf(tree));
        seen.add(plan.kind === "refused" ? plan.refusal.why : plan.kind);
        if (plan.kind !== "change") return;
        const enabled = applied(tree, plan.changes);
        expect(situationOf(enabled).inForce).toEqual({ command: plan.ours.command, user: plan.ours.user });
        expect(planEnable(asked, situationOf(enabled)).kind).toBe("nothing");
        expect(planEnable({ otherCommand: "leave", editMain: false }, situationOf(enabled)).kind).toBe("nothing");
        const { changes, member, leftovers, edited } = removal(diskOf(enabled), MAIN);
        expect({ member, leftovers, edited }).toEqual({ member: plan.ours.member, leftovers: [], edited: [] });
        expect(asObject(applied(enabled, changes))).toEqual(asObject(tree));
      }),
      RUNS,
    );
    // Each of these outcomes occurred.
    for (const kind of ["change", "foreign", "match", "no-include", "chain-as-root"]) expect(seen).toContain(kind);
  });

  test("from any options to any others, and back, is the same as with the last options only", () => {
    fc.assert(
      fc.property(host, wishes, wishes, (tree, first, then) => {
        const one = planEnable(first, situationOf(tree));
        if (one.kind !== "change") return;
        const enabled = applied(tree, one.changes);
        const other = planEnable(then, situationOf(enabled));
        const both = other.kind === "change" ? applied(enabled, other.changes) : enabled;
        const { changes } = removal(diskOf(both), MAIN);
        expect(asObject(applied(both, changes))).toEqual(asObject(tree));
        if (other.kind === "change") expect(situationOf(both).inForce.command).toBe(other.ours.command);
      }),
      RUNS,
    );
  });

  test("with the variables of a session: in force or not written, not repeated, removed with the setting", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(host, permitLine, wishes, (bare, permit, asked) => {
        const tree = withLine(bare, permit);
        const plan = planEnable(asked, situationOf(tree, ON));
        if (plan.kind !== "change") return;
        const enabled = applied(tree, plan.changes);
        const { permits } = plan.ours;
        const walk = walkConfig(MAIN, diskOf(enabled));
        seen.add(permits ?? "no line");
        if (permits !== undefined) expect(globalSource("permituserenvironment", walk)?.value).toBe(permits);
        expect(planEnable(asked, situationOf(enabled, ON)).kind).toBe("nothing");
        const off = planEnable(asked, situationOf(enabled));
        expect(off.kind).toBe(permits === undefined ? "nothing" : "change");
        const without = planEnable(asked, situationOf(tree));
        const [one, other] = [off, without].map((each) => (each.kind === "change" ? each.changes : []));
        expect(asObject(applied(enabled, one ?? []))).toEqual(asObject(applied(tree, other ?? [])));
        const { changes } = removal(diskOf(enabled), MAIN);
        expect(asObject(applied(enabled, changes))).toEqual(asObject(tree));
      }),
      RUNS,
    );
    expect([...seen].toSorted()).toEqual(["EIC_CALLER,EIC_REQUEST_ID", "no line"]);
  });

  test("is empty, if another command is in force and no flag is given", () => {
    fc.assert(
      fc.property(host, fc.boolean(), (tree, editMain) => {
        const situation = situationOf(tree);
        if (situation.inForce.command === undefined) return;
        expect(planEnable({ otherCommand: "leave", editMain }, situation).kind).toBe("refused");
      }),
      RUNS,
    );
  });

  test("eic-agent's drop-in never stays behind", () => {
    fc.assert(
      fc.property(host, wishes, (tree, asked) => {
        const plan = planEnable(asked, situationOf(tree));
        const enabled = plan.kind === "change" ? applied(tree, plan.changes) : tree;
        const { changes } = removal(diskOf(enabled), MAIN);
        expect([...applied(enabled, changes).keys()].filter((path) => path === DROP_IN)).toEqual([]);
      }),
      RUNS,
    );
  });
});
