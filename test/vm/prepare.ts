/** Makes the machine's disk and the kit before its tests. Does nothing if the tests cannot run: they then report why. */
import { missingFor } from "../../tools/requirements.ts";
import { makeImage } from "./image.ts";
import { makeKit } from "./kit.ts";

if (missingFor("virtual-machine") === undefined) {
  await makeKit(await makeImage((line) => void process.stdout.write(`${line}\n`)));
}
