/** The warm service on an installed machine: which process answers, and that logins work in every state of the service. */
import { expect } from "vitest";
import { OTHER_ADDRESS } from "../machine.ts";
import * as operator from "../operator.ts";
import { PACKAGE } from "../packages.ts";
import { OTHER_TWO, releaseStory, stories, story, TWO } from "../scenario.ts";
import * as service from "../service.ts";

/** Maximum exposure level of the unit, from 0 to 10 (systemd-analyze(1)). */
const MOST_EXPOSED = 1.2;

stories("the warm service", () => {
  story("installed: its socket listens, sshd's first call starts it, and it answers all", TWO, async (machine) => {
    await operator.install(machine);
    await service.socketIsUp(machine);
    expect(await service.isActive(machine, service.SERVICE)).toBe(false);

    await operator.pushedKeyOpens(machine);
    expect((await service.counted(machine)).answers).toEqual({ keys: 2 });
    await service.serviceLetsIn(machine, "bob");
    await operator.doctorIsContent(machine);

    expect(await machine.sh("systemctl is-system-running")).toBe("running");
    const judged = await machine.sh(`systemd-analyze security --no-pager ${service.SERVICE}`);
    const [, exposure] = /exposure level for eic-agent\.service: ([\d.]+)/.exec(judged) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(MOST_EXPOSED);
  });

  story("its socket stopped, disabled, masked: logins still work, and upgrades leave it so", TWO, async (machine) => {
    const socket = () => service.unit(machine, service.SOCKET);
    await operator.install(machine);
    await service.serviceLetsIn(machine);
    // This stops the service, too.
    await machine.sh(`systemctl stop ${service.SOCKET}`);
    await service.oneShotLetsIn(machine);
    await operator.upgrade(machine);
    expect(await socket()).toMatchObject({ ActiveState: "inactive", UnitFileState: "enabled" });
    await service.oneShotLetsIn(machine);

    await machine.sh(`systemctl disable ${service.SOCKET}`);
    await operator.install(machine, PACKAGE.reshaped);
    expect(await socket()).toMatchObject({ ActiveState: "inactive", UnitFileState: "disabled" });
    await service.oneShotLetsIn(machine);

    await machine.sh(`systemctl mask ${service.SOCKET}`);
    await operator.downgrade(machine);
    expect(await socket()).toMatchObject({ ActiveState: "inactive", UnitFileState: "masked" });
    await service.oneShotLetsIn(machine);

    await machine.sh(`systemctl unmask ${service.SOCKET}; systemctl enable --now ${service.SOCKET}`);
    await service.serviceLetsIn(machine);
  });

  releaseStory(
    "its socket masked before the installation: stays so, and logins succeed all the same",
    OTHER_TWO,
    async (machine) => {
      const socket = () => service.unit(machine, service.SOCKET);
      await machine.sh(`systemctl mask ${service.SOCKET}`);
      await operator.install(machine);
      expect(await socket()).toMatchObject({ ActiveState: "inactive", UnitFileState: "masked" });
      await service.oneShotLetsIn(machine);
      await operator.upgrade(machine);
      await operator.purge(machine);
      expect(await machine.sh(`systemctl is-enabled ${service.SOCKET} || true`)).toBe("masked");
    },
  );

  story("frozen: logins still work; continued, it answers again", OTHER_TWO, async (machine) => {
    await operator.install(machine);
    const { pid } = await service.counted(machine);
    await machine.sh(`systemctl kill --signal=STOP ${service.SERVICE}`);
    await operator.pushedKeyOpens(machine);
    await machine.sh(`systemctl kill --signal=CONT ${service.SERVICE}`);
    await service.serviceLetsIn(machine);
    expect((await service.counted(machine)).pid).toBe(pid);
  });

  story(
    "a user denied in the settings: the next login is refused, and the one after the user is allowed again succeeds",
    TWO,
    async (machine) => {
      await operator.install(machine);
      await service.serviceLetsIn(machine);
      machine.writeSettings('\n[policy]\ndeny_users = ["alice"]\n');
      await operator.pushedKeyDoesNotOpen(machine);
      await service.serviceLetsIn(machine, "bob");
      expect((await service.counted(machine)).answers).toMatchObject({ refused: 1 });
      machine.writeSettings();
      await service.serviceLetsIn(machine);
    },
    { expected: /^key-refused user=alice .*reason=policy-user-denied / },
  );

  story(
    "another endpoint: a Fault until a drop-in of the unit allows it",
    OTHER_TWO,
    async (machine) => {
      await operator.install(machine);
      machine.writeSettings(`\n[metadata]\nendpoint = "http://${OTHER_ADDRESS}"\n`);
      await operator.pushedKeyDoesNotOpen(machine);
      expect((await service.counted(machine)).faults).toEqual({ METADATA_UNREACHABLE: 1 });

      machine.tree.write(
        `/etc/systemd/system/${service.SERVICE}.d/endpoint.conf`,
        `[Service]\nIPAddressAllow=${OTHER_ADDRESS}\n`,
      );
      await machine.sh(`systemctl daemon-reload; systemctl restart ${service.SERVICE}`);
      await service.serviceLetsIn(machine);
    },
    { expected: /code=METADATA_UNREACHABLE|AuthorizedKeysCommand .* failed, status 1/ },
  );
});
