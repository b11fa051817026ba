/** `eic-agent doctor` behind firewalls that let only some users reach the metadata address. The rules are real nftables. */
import { afterEach, expect, test } from "vitest";
import { PROGRAMS } from "../support/namespace.ts";
import { describeWith } from "../support/needs.ts";
import { COMMAND_USER_ID } from "../support/sshd-accounts.ts";
import { DROP_IN, healthyHost } from "./healthy-host.ts";

describeWith("firewall", "doctor as root", () => {
  const host = healthyHost();
  const nft = (...words: string[]) => host().namespace.mustRun(["nft", ...words]);
  /** @param ids users that are let through */
  const letThrough = async (ids: string, how = "reject") => {
    await nft("add table inet t");
    await nft("add chain inet t o { type filter hook output priority 0; }");
    await nft(`add rule inet t o ip daddr 169.254.169.254 tcp dport 80 meta skuid != { ${ids} } ${how}`);
  };
  afterEach(() => nft("flush ruleset"));

  test("asks as the user of sshd's command, and says so", async () => {
    const { exit, checks } = await host().examine();
    expect(checks.get("token")).toMatchObject({ status: "ok", message: "given, asked as eic-agent" });
    expect(checks.get("metadata-ipv4")?.message).toBe("169.254.169.254 answers, asked as eic-agent");
    expect(exit).toBe(0);
  });

  test.each([{ how: "reject" }, { how: "drop" }])(
    "names a firewall that lets only root ask ($how)",
    async ({ how }) => {
      await letThrough("0", how);
      const { exit, checks } = await host().examine();
      expect(checks.get("metadata-ipv4")).toMatchObject({
        status: "failed",
        message: expect.stringMatching(/asked as eic-agent; root gets an answer$/),
        hint: expect.stringMatching(/nft list ruleset.*let eic-agent do so/),
      });
      expect(checks.get("token")?.status).toBe("failed");
      expect(checks.get("signer")?.status).toBe("not-applicable");
      expect(exit).toBe(1);
    },
  );

  test("reports nothing if it lets root and that user ask", async () => {
    await letThrough(`0, ${COMMAND_USER_ID}`);
    const { exit, checks } = await host().examine();
    expect([...checks.values()].filter(({ status }) => status === "failed")).toEqual([]);
    expect(exit).toBe(0);
  });

  test("names one that lets the service's user ask, and not another user of sshd's command", async () => {
    await letThrough(`0, ${COMMAND_USER_ID}`);
    const lines = `AuthorizedKeysCommand ${PROGRAMS}/authorized-keys %u %f\nAuthorizedKeysCommandUser alice\n`;
    host().namespace.write(DROP_IN, lines);
    const { checks } = await host().examine();
    expect(checks.get("token")).toMatchObject({
      status: "warning",
      message: expect.stringMatching(/^given, asked as eic-agent, .*not to alice, the user that runs sshd's command/),
    });
    expect(checks.get("staples")?.status).toBe("ok");
  });

  test("without root asks as the current user, and names it", async () => {
    await letThrough("0");
    const { checks } = await host().examine([], ["setpriv", "--reuid=2999", "--regid=2999", "--clear-groups"]);
    expect(checks.get("token")).toMatchObject({
      status: "failed",
      message: expect.stringContaining("asked as user 2999"),
    });
  });
});
