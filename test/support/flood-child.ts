/** The process that flood.ts starts: opens a connection for each call when it is due, and counts the answers. */
import { connect } from "node:net";
import type { FloodOptions } from "./flood.ts";
import { callBytes } from "./service.ts";

const { socket: path, users, fingerprint, rate } = JSON.parse(process.argv[2] ?? "") as FloodOptions;
/** Below the socket's backlog (1024), above the service's connection limit (768): the same test on an overloaded machine. */
const MAX_OPEN = 1000;
const requests = users.map((user) => callBytes(user, fingerprint));
const answers: Record<string, number> = {};
const began = performance.now();
let sent = 0;
let open = 0;
let ending = false;

function call(): void {
  const request = requests[sent % requests.length] ?? Buffer.alloc(0);
  sent += 1;
  open += 1;
  let status: number | undefined;
  const socket = connect(path, () => socket.write(request));
  socket.on("data", (part: Buffer) => {
    status ??= part[4];
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    const name = status === undefined ? "none" : String(status);
    answers[name] = (answers[name] ?? 0) + 1;
    open -= 1;
    if (ending && open === 0) finish();
  });
}

function finish(): void {
  process.send?.({ sent, answers }, () => process.exit(0));
}

const timer = setInterval(() => {
  const due = ((performance.now() - began) / 1000) * rate;
  while (sent < due && open < MAX_OPEN) call();
}, 2);
process.on("message", () => {
  clearInterval(timer);
  ending = true;
  if (open === 0) finish();
});
process.send?.("ready");
