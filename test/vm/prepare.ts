/**
 * Makes the disk and the kit of the machine with this processor before its tests. Does nothing if the tests cannot run: they
 * then report why.
 */
import { isCpu } from "../../packaging/build/processors.ts";
import { missingFor } from "../../tools/requirements.ts";
import { makeImage } from "./image.ts";
import { KINDS } from "./kinds.ts";
import { makeKit } from "./kit.ts";

const [, , cpu = ""] = process.argv;
if (!isCpu(cpu)) throw new Error(`not a processor: ${cpu}`);
if (missingFor(KINDS[cpu].need) === undefined) {
  await makeKit(await makeImage(cpu, (line) => void process.stdout.write(`${line}\n`)));
}
