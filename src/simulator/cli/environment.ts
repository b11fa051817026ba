/** The environment that AWS's programs and SDKs need to push to this simulator and to nothing else. */
import { chmod, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Simulator } from "../simulator.ts";
import { quoted } from "./invocation.ts";
import type { RunningSshd } from "./sshd/start-sshd.ts";

/** Undefined for variables that must not be set: they would take precedence over the others. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html */
export function credentialsEnvironment({
  credentials,
  region,
}: Pick<Simulator, "credentials" | "region">): Environment {
  return {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_PROFILE: undefined,
    AWS_REGION: region,
    // For SDKs that know only this variable: boto3.
    AWS_DEFAULT_REGION: region,
  };
}

export function environment(simulator: Simulator, folder: string, sshd?: RunningSshd): Environment {
  return {
    ...credentialsEnvironment(simulator),
    // Read by SDKs and CLIs since 2023; older versions need --endpoint-url or endpoint_url.
    AWS_ENDPOINT_URL_EC2_INSTANCE_CONNECT: simulator.apiEndpoint,
    // For clients that look up the instance's address before they push: `aws ec2-instance-connect ssh`.
    AWS_ENDPOINT_URL_EC2: simulator.apiEndpoint,
    // SDKs must not look for other credentials at the metadata address, which may be this simulator or the real service.
    AWS_EC2_METADATA_DISABLED: "true",
    EIC_SIMULATOR_FOLDER: folder,
    EIC_SIMULATOR_INSTANCE_ID: simulator.instanceId,
    ...(sshd === undefined
      ? {}
      : { EIC_SIMULATOR_SSH_CONFIG: sshd.clientConfig, EIC_SIMULATOR_SSH_PORT: String(sshd.address.port) }),
  };
}

/** Returns lines for a POSIX shell. */
export function exportLines(environment: Environment): string[] {
  const unset = Object.keys(environment).filter((name) => environment[name] === undefined);
  const set = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`export ${name}=${quoted(value)}`],
  );
  return [...set, ...(unset.length > 0 ? [`unset ${unset.join(" ")}`] : [])];
}

/**
 * Writes aws.env, for `. aws.env`. Only its owner may read it, because it contains the secret.
 * @returns a function that removes it
 */
export async function writeEnvironment(
  folder: string,
  simulator: Simulator,
  sshd?: RunningSshd,
): Promise<() => Promise<void>> {
  const path = join(folder, "aws.env");
  await rm(path, { force: true });
  const lines = exportLines(environment(simulator, folder, sshd));
  await writeFile(path, `# Written by eic-simulator, for a shell.\n${lines.join("\n")}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
  return () => rm(path, { force: true });
}
