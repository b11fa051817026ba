/** `eic-agent doctor` on hosts on which the relay, its slots or the warm service are faulty. */
import { expect, test } from "vitest";
import { describeWith } from "../support/needs.ts";
import { BROKEN_SERVICE } from "./broken-service.ts";
import { healthyHost } from "./healthy-host.ts";
import { isNamed } from "./named.ts";

describeWith("sshd", "doctor", () => {
  const host = healthyHost();

  test.each(BROKEN_SERVICE)("names $title", (broken) => isNamed(host(), broken));

  test("without root queries nothing, and says so", async () => {
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const { exit, checks } = await host().examine([], nobody);
    expect(checks.get("service")).toMatchObject({ status: "not-applicable", needsRoot: true });
    expect(checks.get("slots")).toMatchObject({ status: "not-applicable", needsRoot: true });
    expect(checks.get("socket")?.status).toBe("ok");
    expect(checks.get("relay")?.status).toBe("ok");
    expect(exit).toBe(0);
  });
});
