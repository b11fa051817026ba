/** Reads what the service serves in a case, for the report of a failure, by requests like those of an agent. */
import type { Stage } from "./stage.ts";

export interface Evidence {
  /** Bodies in base64, by name: keys, instance-id, region, domain, signer.pem, anchors.pem, staples/NAME. */
  readonly [name: string]: string;
}

const DATA = "/latest/meta-data";
const VALUES = {
  "instance-id": `${DATA}/instance-id`,
  region: `${DATA}/placement/region`,
  domain: `${DATA}/services/domain`,
  "signer.pem": `${DATA}/managed-ssh-keys/signer-cert/`,
} as const;
const STAPLES = `${DATA}/managed-ssh-keys/signer-ocsp/`;

/** @param isWhole whether all of it is needed; otherwise only the keys */
export async function evidence(
  { simulator: { endpoint }, anchorsPem }: Stage,
  keys: string,
  isWhole: boolean,
): Promise<Evidence> {
  const headers = { "X-aws-ec2-metadata-token-ttl-seconds": "60" };
  const token = await (await fetch(`${endpoint}/latest/api/token`, { method: "PUT", headers })).text();
  const get = async (path: string): Promise<Buffer | undefined> => {
    const answer = await fetch(`${endpoint}${path}`, { headers: { "X-aws-ec2-metadata-token": token } });
    const body = Buffer.from(await answer.arrayBuffer());
    return answer.ok ? body : undefined;
  };
  const found: Record<string, string> = {};
  const add = async (paths: Readonly<Record<string, string>>) => {
    for (const [name, path] of Object.entries(paths)) {
      const body = await get(path);
      if (body !== undefined) found[name] = body.toString("base64");
    }
  };
  await add({ keys });
  if (!isWhole) return found;
  const names = ((await get(STAPLES)) ?? Buffer.alloc(0)).toString("latin1").split("\n").filter(Boolean);
  await add(VALUES);
  await add(Object.fromEntries(names.map((name) => [`staples/${name}`, `${STAPLES}${encodeURIComponent(name)}`])));
  return { ...found, "anchors.pem": Buffer.from(anchorsPem).toString("base64") };
}
