/** An ssh connection that stays open, such as an operator's while packages are installed and removed. */
import { once } from "node:events";
import { outputOf } from "../support/namespace-output.ts";
import type { KeyPair } from "../support/sshd-keys.ts";
import type { Machine } from "./machine.ts";

export interface Session {
  /** @throws Error if another session answers */
  stillAnswers(): Promise<void>;
  /** Runs a shell command in it. @returns the one line that it prints */
  says(command: string): Promise<string>;
  close(): Promise<void>;
}

/** Logs in as alice and keeps a shell open. */
export async function openSession({ tree, ssh, ordinary }: Machine, key: KeyPair = ordinary): Promise<Session> {
  const client = tree.converse([...ssh("alice", key), "sh"]);
  client.stdin.on("error", () => {});
  const output = outputOf("the open session", client.stdout, client.stderr);
  let asked = 0;
  const says = async (words: string) => {
    asked += 1;
    client.stdin.write(`echo "answer ${asked}: ${words}"\n`);
    const prefix = `answer ${asked}: `;
    return (await output.line(new RegExp(`^${prefix}`))).slice(prefix.length);
  };
  /** Returns the pids of the shell and of its parent, an sshd process. */
  const ask = () => says("$$ $PPID");
  const first = await ask();
  return {
    says: (command) => says(`$(${command})`),
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
