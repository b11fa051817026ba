/** The timers for node_exporter on an installed machine: an idle service stays idle, and the files appear as a whole. */
import { expect } from "vitest";
import type { Machine } from "../machine.ts";
import * as operator from "../operator.ts";
import { stories, story, TWO } from "../scenario.ts";
import * as service from "../service.ts";

const TIMER = "eic-agent-metrics.timer";
const COUNTERS = "eic-agent-metrics.service";
const HOST = "eic-agent-metrics-host.service";
const HOST_TIMER = "eic-agent-metrics-host.timer";
/** Of Debian's prometheus-node-exporter, which is not installed here; the folder belongs to its user. */
const FOLDER = "/var/lib/prometheus/node-exporter";

/** So that a test need not wait for minutes: the timer's own minute is in its file. */
const OFTEN = "[Timer]\nOnCalendar=\nOnCalendar=*:*:0/2\nAccuracySec=100ms\n";

/** Waits until a shell condition is true. The story's own time limit ends it otherwise. */
const until = ({ sh }: Machine, condition: string) => sh(`until ${condition}; do sleep 0.2; done`);

/** Waits for the timer's next attempt, which systemd records whether the conditions hold or not. */
async function tick(machine: Machine): Promise<void> {
  const now = "$(systemctl show --property=ConditionTimestampMonotonic eic-agent-metrics.service)";
  await machine.sh(`before=${now}; until [ "${now}" != "$before" ]; do sleep 0.2; done`);
}

const linesOf = (text: string, name: string) => text.split("\n").filter((line) => line.startsWith(name));
const files = ({ sh }: Machine) => sh(`cd ${FOLDER} && find . -type f -printf '%M %u %f\\n' | sort`);

/** Without the time of the run, and what is measured. */
const facts = (text: string) =>
  text.split("\n").filter((line) => !/^eic_agent_host_timestamp|check="latency"/.test(line));

stories("metrics for node_exporter", () => {
  story("off by default; enabled, they leave an idle service idle, and count a login", TWO, async (machine) => {
    const { sh } = machine;
    await operator.install(machine);
    for (const unit of [TIMER, HOST_TIMER])
      expect(await service.unit(machine, unit), unit).toMatchObject({ ActiveState: "inactive" });
    await sh(`mkdir -p ${FOLDER} && chown daemon: ${FOLDER}`);
    machine.tree.write(`/etc/systemd/system/${TIMER}.d/often.conf`, OFTEN);
    await sh(`systemctl daemon-reload && systemctl enable --now ${TIMER}`);
    expect(await service.unit(machine, HOST_TIMER)).toMatchObject({ ActiveState: "active" });

    await tick(machine);
    await tick(machine);
    await sh(`systemctl start ${HOST}`);
    expect(await service.isActive(machine, service.SERVICE)).toBe(false);
    expect(await files(machine)).toBe("-rw-r--r-- root eic-agent-host.prom");
    const before = await sh(`cat ${FOLDER}/eic-agent-host.prom`);
    expect(linesOf(before, "eic_agent_sshd_in_force")).toEqual(["eic_agent_sshd_in_force 1"]);
    expect(before).not.toMatch(/^eic_agent_doctor_check_failed\{.*\} [^0]/m);
    expect(linesOf(before, "eic_agent_last_key")).toEqual([]);

    await operator.pushedKeyOpens(machine);
    const counted = `grep -qx 'eic_agent_answers_total{kind="keys"} 2' ${FOLDER}/eic-agent.prom`;
    await until(machine, `[ -e ${FOLDER}/eic-agent.prom ] && ${counted}`);
    // While the timer replaces the file, each reader has a whole one.
    const read = await sh(`for i in $(seq 60); do tail -n 1 ${FOLDER}/eic-agent.prom; done`);
    const names = new Set(read.split("\n").map((line) => line.replace(/ \d+$/, "")));
    expect(names).toEqual(new Set(['eic_agent_memory_bytes{kind="heap_used"}']));
    expect(await sh(`cat ${FOLDER}/eic-agent.prom`)).toMatch(/^eic_agent_up 1$/m);

    // The unit sees in its sandbox what root sees without one.
    await sh(`systemctl start ${HOST}`);
    const after = await sh(`cat ${FOLDER}/eic-agent-host.prom`);
    expect(facts(after)).toEqual(facts(await sh("eic-agent doctor --prometheus")));
    const record = "journalctl --quiet --unit=eic-agent.service --output=json --reverse --grep=^key-offered --lines=1";
    const micros = (JSON.parse(await sh(record)) as { __REALTIME_TIMESTAMP: string }).__REALTIME_TIMESTAMP;
    const [key = ""] = linesOf(after, "eic_agent_last_key_timestamp_seconds ");
    expect(Number(key.split(" ")[1])).toBe(Math.floor(Number(micros) / 1000) / 1000);
    expect(await sh(`journalctl --quiet --output=cat --unit=${COUNTERS} || true`)).toBe("");

    await sh(`systemctl stop ${TIMER}`);
    expect(await service.unit(machine, HOST_TIMER)).toMatchObject({ ActiveState: "inactive" });
    await sh(`systemctl start ${TIMER}`);
    await sh(`rm -r /etc/systemd/system/${TIMER}.d`);
    await operator.purge(machine);
    expect([await files(machine), await service.unitsOfIt(machine)]).toEqual(["", ""]);
    await operator.install(machine);
    expect(await service.unit(machine, TIMER)).toMatchObject({ ActiveState: "inactive", UnitFileState: "disabled" });
  });
});
