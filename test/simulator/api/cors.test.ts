/** CORS: off, as the service has none, and on for pages of every origin. */
import { describe, expect, onTestFinished, test } from "vitest";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../../src/simulator/simulator.ts";
import { call, send, signed, type Wire } from "../../clients/raw-call.ts";

async function started(options: SimulatorOptions): Promise<Simulator> {
  const simulator = await startSimulator({ authority: { caKey: "ec-p256", signerKey: "ec-p256" }, ...options });
  onTestFinished(() => simulator.close());
  return simulator;
}

const preflight = (simulator: Simulator): Wire => ({
  ...call(simulator),
  method: "OPTIONS",
  headers: {
    ...{ host: new URL(simulator.apiEndpoint).host, origin: "https://example.com" },
    ...{ "access-control-request-method": "POST", "access-control-request-headers": "authorization,x-amz-target" },
  },
  body: "",
});

const corsOf = (headers: object): string[] => Object.keys(headers).filter((name) => name.startsWith("access-control-"));

test("without the option no answer has a header of CORS", async () => {
  const simulator = await started({});
  const asked = await send(simulator, preflight(simulator));
  expect(asked).toMatchObject({ status: 403, name: "MissingAuthenticationToken" });
  const made = await send(simulator, await signed(simulator, call(simulator)));
  expect([...corsOf(asked.headers), ...corsOf(made.headers)]).toEqual([]);
});

describe("with the option", () => {
  test("a preflight request is permitted with its headers, and is not a call", async () => {
    const simulator = await started({ cors: true });
    expect(await send(simulator, preflight(simulator))).toMatchObject({
      status: 200,
      headers: {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "authorization,x-amz-target",
      },
    });
    expect(simulator.calls).toEqual([]);
  });

  test("a page may read the answer to a call, an error and a page of a fault", async () => {
    const simulator = await started({ cors: true });
    const made = await send(simulator, await signed(simulator, call(simulator)));
    const refused = await send(simulator, call(simulator));
    simulator.faults.set({ fault: "503", path: "api", times: 1 });
    const failed = await send(simulator, await signed(simulator, call(simulator)));
    expect([made.status, refused.status, failed.status]).toEqual([200, 403, 503]);
    for (const { headers } of [made, refused, failed]) {
      expect(headers).toMatchObject({ "access-control-allow-origin": "*" });
      expect(headers["access-control-expose-headers"]).toContain("x-amzn-requestid");
    }
  });

  test("OPTIONS without the method that is asked for is an ordinary request", async () => {
    const simulator = await started({ cors: true });
    const wire = { ...call(simulator), method: "OPTIONS", body: "" };
    expect(await send(simulator, wire)).toMatchObject({ status: 403, name: "MissingAuthenticationToken" });
  });
});
