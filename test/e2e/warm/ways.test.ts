/** Events in the service's life, through a real sshd. The answer is right in every case: a pushed key logs in. */
import { expect, onTestFinished, test } from "vitest";
import { PROGRAMS } from "../../support/namespace.ts";
import { outputOf } from "../../support/namespace-output.ts";
import { describeWith } from "../../support/needs.ts";
import { COMMAND_USER_ID } from "../../support/sshd-accounts.ts";
import { EXECUTABLE, SOCKET, type WarmInstance } from "../../support/warm-instance.ts";
import { CALLS, IN, oneByOne } from "./one-by-one.ts";

describeWith("warm-login", "a login", () => {
  const here = oneByOne();

  test("is answered by the service; and the wrong key is refused", async () => {
    const { newKey, refused, byService, expectOneShots } = here();
    await byService();
    await refused(await newKey());
    expectOneShots(0);
  });

  test("after the service was stopped starts the next one", async () => {
    const { instance, login, pushed, expectOneShots } = here();
    const { service } = instance;
    const { pid } = await service.status();
    await service.signal("TERM");
    await service.ended(pid);
    expect(await login(await pushed())).toMatchObject(IN);
    const after = await service.status();
    expect(after.pid).not.toBe(pid);
    expect(after).toMatchObject({ calls: { total: CALLS }, answers: { keys: CALLS } });
    expectOneShots(0);
  });

  test("during a restart of the service: the old one answers its call, the new one the next", async () => {
    const { instance, login, pushed, expectOneShots } = here();
    const { service, simulator } = instance;
    const key = await pushed();
    const { pid } = await service.status();
    await simulator.tell("fault", { fault: "slow", path: "keys", ms: 700, times: 1 });
    onTestFinished(async () => void (await simulator.tell("clear", {})));
    const ended = login(key);
    await expect.poll(async () => (await service.status()).calls.inProgress, { timeout: 10_000 }).toBe(1);
    await service.signal("TERM");
    expect(await ended).toMatchObject(IN);
    await service.ended(pid);
    expect(service.output.lines).toContain("service-ending why=signalled calls=1");
    expect((await service.status()).answers).toEqual({ keys: CALLS - 1 });
    expectOneShots(0);
  });

  test("while the service is frozen is answered by one-shot programs; then the service continues and answers", async () => {
    const { instance, byOneShots, byService } = here();
    await instance.service.status();
    await instance.service.freeze();
    await byOneShots();
    await instance.service.signal("CONT");
    // Each one-shot program has left a note, which waited in the queue.
    expect((await instance.service.status()).oneShots).toEqual({ keys: CALLS });
    await byService();
  });

  test("without socket and service is answered by one-shot programs; when they are back, the service answers", async () => {
    const { instance, byOneShots, byService } = here();
    await instance.service.stop();
    await byOneShots();
    await instance.service.start();
    await byService();
  });

  test("without service and slots is refused, and the doctor says why; with slots it succeeds", async () => {
    const { instance, login, refused, pushed, expectOneShots } = here();
    await instance.service.stop();
    instance.removeSlots();
    const key = await pushed();
    expect(await refused(key)).toContainEqual(
      expect.stringMatching(/AuthorizedKeysCommand \S+authorized-keys \S+ \S+ failed, status 1$/),
    );
    expectOneShots(0);
    const { stdout } = await instance.namespace.run([EXECUTABLE, "doctor", "--json"]);
    const message = expect.stringContaining("no login with a pushed key");
    expect(JSON.parse(stdout).checks).toContainEqual(
      expect.objectContaining({ check: "slots", status: "failed", message }),
    );
    instance.makeSlots();
    expect(await login(key)).toMatchObject(IN);
    expectOneShots(CALLS);
  });

  test("without slots, with the service, succeeds", async () => {
    const { instance, byService } = here();
    instance.removeSlots();
    await byService();
  });

  test.each([
    { about: "as many connections as it takes", limit: [], connections: 2048, held: 1536 },
    { about: "no descriptor left", limit: ["prlimit", "--nofile=48"], connections: 96, held: 46 },
  ])(
    "succeeds if the service has $about, with silent clients; when they are gone, the service answers",
    async (all) => {
      const { instance, login, pushed, byService } = here();
      const { service } = instance;
      await service.stop();
      await service.start(all.limit);
      const { pid } = await service.status();
      const before = await descriptorsOf(instance, pid);
      const release = await holding(instance, all.connections);
      await expect.poll(() => descriptorsOf(instance, pid), { timeout: 30_000 }).toBeGreaterThan(all.held);
      for (let nth = 0; nth < 4; nth += 1) expect(await login(await pushed())).toMatchObject(IN);
      const held = instance.oneShots();
      expect(held).toEqual(held.map(() => expect.stringMatching(/^[0-3]$/)));
      await release();
      await expect.poll(() => descriptorsOf(instance, pid), { timeout: 30_000 }).toBeLessThanOrEqual(before + 10);
      await byService();
      expect(service.pid()).toBe(pid);
    },
  );
});

const descriptorsOf = async ({ namespace }: WarmInstance, pid: number): Promise<number> =>
  Number((await namespace.mustRun(["sh", "-c", `ls /proc/${pid}/fd | wc -l`])).stdout);

/** Opens `count` connections, sends nothing on them, and reopens each when it is closed. */
const HOLDER = `
  const [, path, count] = process.argv;
  const hold = () => require("node:net").connect(path).on("error", () => {}).on("close", () => setTimeout(hold, 5));
  for (let i = 0; i < Number(count); i += 1) hold();
  console.log("holds", process.pid);`;

/** Keeps this many connections open, as a user who may ask. @returns a function that ends them */
async function holding({ namespace }: WarmInstance, connections: number): Promise<() => Promise<void>> {
  const as = ["setpriv", `--reuid=${COMMAND_USER_ID}`, `--regid=${COMMAND_USER_ID}`, "--clear-groups"];
  const words = ["prlimit", "--nofile=4096", `${PROGRAMS}/node`, "-e", HOLDER, SOCKET, `${connections}`];
  const { stdout, stderr } = namespace.start([...as, ...words]);
  if (stdout === null || stderr === null) throw new Error("started without pipes");
  const pid = (await outputOf("holder", stdout, stderr).line(/^holds /)).split(" ")[1];
  return async () => void (await namespace.mustRun(["sh", "-c", `kill -KILL ${pid}`]));
}
