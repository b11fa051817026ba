/** An ssh connection that stays open while packages are installed and removed, like an operator's. */
import { once } from "node:events";
import { outputOf } from "../support/namespace-output.ts";
import type { Machine } from "./machine.ts";

export interface Session {
  /** @throws Error if another session answers */
  stillAnswers(): Promise<void>;
  close(): Promise<void>;
}

/** Logs in with the ordinary key and keeps a shell open. */
export async function openSession({ tree, ssh, ordinary }: Machine): Promise<Session> {
  const client = tree.converse([...ssh("alice", ordinary), "sh"]);
  client.stdin.on("error", () => {});
  const output = outputOf("the open session", client.stdout, client.stderr);
  let asked = 0;
  /** Returns the pids of the shell and of its parent, an sshd process. */
  const ask = async () => {
    asked += 1;
    client.stdin.write(`echo "answer ${asked}: $$ $PPID"\n`);
    return (await output.line(new RegExp(`^answer ${asked}: `))).replace(/^.*: /, "");
  };
  const first = await ask();
  return {
    async stillAnswers() {
      const now = await ask();
      if (now !== first) throw new Error(`another session: ${first} before, ${now} now`);
    },
    async close() {
      client.stdin.end();
      if (client.exitCode === null) await once(client, "exit");
    },
  };
}
