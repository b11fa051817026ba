/** Writes the files that the agent needs to trust this simulator: config.toml and the trust anchors that it names. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { stringify } from "smol-toml";

/** TOML tables of the agent's config.toml, by name. */
export type Tables = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface WrittenSettings {
  /** Absolute path of config.toml. */
  readonly config: string;
  /** Absolute path of anchors.pem. */
  readonly anchors: string;
}

/**
 * @param given endpoint, instance and anchors of the simulator
 * @param more additional tables; their settings take precedence
 */
export async function writeSettings(
  folder: string,
  given: { endpoint: string; instanceId: string; anchorsPem: string },
  more: Tables = {},
): Promise<WrittenSettings> {
  const config = join(resolve(folder), "config.toml");
  const anchors = join(resolve(folder), "anchors.pem");
  const tables: Record<string, Record<string, unknown>> = {
    metadata: { endpoint: given.endpoint },
    trust: { anchors },
    instance: { id: given.instanceId },
  };
  for (const [name, table] of Object.entries(more)) tables[name] = { ...tables[name], ...table };

  await mkdir(folder, { recursive: true, mode: 0o700 });
  await write(anchors, given.anchorsPem);
  await write(config, `# Written by eic-simulator, for eic-agent --config.\n${stringify(tables)}\n`);
  return { config, anchors };
}

/** Writes a file that all users can read and only its owner can write, regardless of the umask: the agent requires it. */
async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o644);
}
