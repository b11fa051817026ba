/** API clients inside a namespace in which `eic-simulator up` runs, with the environment that it wrote for shells. */
import { build } from "esbuild";
import { type Namespace, PROGRAMS } from "../support/namespace.ts";
import type { KeyPair } from "../support/sshd-keys.ts";

/** Directory of `up`'s files in the namespace. */
export const FOLDER = "/run/eic";

/** Runs a program with the variables of aws.env, then those of `more`. Any exit status other than 0 is an Error. */
export async function runInside(
  namespace: Namespace,
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const pairs = Object.entries(more).map(([name, value]) => `${name}=${value}`);
  const script = `. ${FOLDER}/aws.env; exec env "$@"`;
  return (await namespace.mustRun(["sh", "-c", script, "sh", ...pairs, ...words])).stdout.trim();
}

/** Writes sdk-push.ts into the namespace as one file that includes the SDK. */
export async function laySdk(namespace: Namespace): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [new URL("sdk-push.ts", import.meta.url).pathname],
    ...{ bundle: true, write: false, platform: "node", format: "cjs", target: "node24", logLevel: "warning" },
  });
  namespace.write("/root/sdk-push.cjs", outputFiles[0]?.text ?? "");
}

/** Returns the command that pushes a key with that file. */
export const sdkPush = (instanceId: string, user: string, { path }: Pick<KeyPair, "path">): string[] => [
  ...[`${PROGRAMS}/node`, "/root/sdk-push.cjs", instanceId, user, `${path}.pub`],
];
