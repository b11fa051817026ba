/** What confines the service beside its own unit: a drop-in for every service, as hardening guides have it. */
import { expect } from "vitest";
import type { Machine } from "../machine.ts";
import * as operator from "../operator.ts";
import * as service from "../service.ts";
import { stories, story, TWO } from "../story.ts";

/** systemd.unit(5): for all services. Its name comes after those that are usual, so that it has the last word. */
const FILE = "/etc/systemd/system/service.d/zz-hardening.conf";

const reach = async (machine: Machine) =>
  (await operator.doctorFinds(machine)).find(({ check }) => check === "service-reach");

stories("a drop-in for every service", () => {
  story(
    "PrivateNetwork=yes: doctor names the file, explain has the service's Fault, and the hint is right as it stands",
    TWO,
    async (machine) => {
      await operator.install(machine);
      await service.serviceLetsIn(machine);
      machine.tree.write(FILE, "[Service]\nPrivateNetwork=yes\n");
      expect(await reach(machine)).toMatchObject({ status: "warning", hint: expect.stringContaining("daemon-reload") });
      await machine.sh(`systemctl daemon-reload; systemctl stop ${service.SERVICE}`);

      await operator.pushedKeyDoesNotOpen(machine);
      const found = await reach(machine);
      expect(found).toMatchObject({ status: "failed", says: expect.stringContaining(`(${FILE})`) });
      // The key is still there, and a process outside the unit proves it.
      const { status, stdout } = await machine.trySh("eic-agent explain alice --json");
      const { answer, command } = JSON.parse(stdout) as Explained;
      // Both keys that were pushed are run through sshd's command.
      const runs = new Set(command.runs.map(({ by, fault }) => `${by} ${fault?.code}`));
      expect({ status, kind: answer.kind, runs: [...runs] }).toEqual({
        ...{ status: 1, kind: "judged", runs: ["service METADATA_UNREACHABLE"] },
      });

      await machine.sh(found?.hint ?? "exit 1");
      await service.serviceLetsIn(machine);
      await operator.doctorIsContent(machine);
      await machine.sh(`rm ${FILE} /etc/systemd/system/${service.SERVICE}.d/*; systemctl daemon-reload`);
      await machine.sh(`systemctl stop ${service.SERVICE}`);
      await service.serviceLetsIn(machine);
      await operator.doctorIsContent(machine);
    },
    { expected: /code=METADATA_UNREACHABLE|AuthorizedKeysCommand .* failed, status 1/ },
  );
});

/** docs/cli.md, `explain --json`. */
interface Explained {
  readonly answer: { readonly kind: string };
  readonly command: {
    readonly runs: readonly { readonly by: string; readonly fault: { readonly code: string } | null }[];
  };
}
