/** `eic-simulator push`: pushes a key without the API, so without credentials and without its checks. */
import { readFile } from "node:fs/promises";
import type { CommandModule } from "yargs";
import { present } from "../../present.ts";
import { sendAction } from "../control.ts";
import { codeOf, Problem } from "../problem.ts";
import type { Context, FolderOption } from "./context.ts";

interface Options extends FolderOption {
  user: string;
  "public-key": string;
  "instance-id": string | undefined;
  caller: string | undefined;
  "request-id": string | undefined;
  lifetime: number | undefined;
}

export const push = ({ screen }: Context): CommandModule<FolderOption, Options> => ({
  command: "push",
  describe: "push a public key for a user of an instance, past the API and its checks",
  builder: {
    user: { type: "string", demandOption: true, describe: "the user that it is for" },
    "public-key": { type: "string", demandOption: true, describe: "file, as ~/.ssh/id_ed25519.pub" },
    "instance-id": { type: "string", describe: "the instance that it is for", defaultDescription: "the first" },
    caller: { type: "string", describe: "ARN of the caller" },
    "request-id": { type: "string", describe: "instead of a random one" },
    lifetime: { type: "number", describe: "seconds, instead of 60" },
  },
  handler: async (options) => {
    const { folder, user, caller, lifetime } = options;
    const push = present({
      user,
      publicKey: await publicKeyIn(options["public-key"]),
      to: options["instance-id"],
      caller,
      requestId: options["request-id"],
      lifetimeSeconds: lifetime,
    });
    const { fingerprint, expires, ...reply } = await sendAction(folder, "push", push);
    screen.line(`pushed ${fingerprint} for ${user} until ${expires}, request ${reply.requestId}`);
  },
});

async function publicKeyIn(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Problem(`cannot read ${file} (${codeOf(error)})`, "name a public key file", { cause: error });
  });
  if (text.includes("PRIVATE KEY")) throw new Problem(`${file} is a private key`, "name the .pub file next to it");
  return text;
}
