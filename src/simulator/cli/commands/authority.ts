/** `eic-simulator rotate`, `revoke` and `staples`: normal operation and failures of the service's signing side. */
import type { CommandModule } from "yargs";
import type { AuthorityOptions } from "../../authority/options.ts";
import type { StapleShape } from "../../authority/staples.ts";
import { present } from "../../present.ts";
import { sendAction } from "../control.ts";
import type { Context, FolderOption } from "./context.ts";

type Which = "signer" | "intermediate";
const WHICH: Which[] = ["signer", "intermediate"];

export const rotate = ({ screen }: Context): CommandModule<FolderOption, FolderOption & { what: Which }> => ({
  command: "rotate [what]",
  describe: "sign with a new signer, or under a new intermediate",
  builder: (yargs) =>
    yargs.positional("what", { choices: WHICH, default: "signer" as const, describe: "the certificate to replace" }),
  handler: async ({ folder, what }) => screen.status(await sendAction(folder, "rotate", { what })),
});

export const revoke = ({ screen }: Context): CommandModule<FolderOption, FolderOption & { what: Which }> => ({
  command: "revoke <what>",
  describe: "make a certificate's staple say revoked, until it is rotated",
  builder: (yargs) =>
    yargs.positional("what", { choices: WHICH, demandOption: true, describe: "the certificate to revoke" }),
  handler: async ({ folder, what }) => screen.status(await sendAction(folder, "revoke", { name: what })),
});

interface StapleOptions extends FolderOption {
  age: StapleShape["age"] | undefined;
  status: StapleShape["status"] | undefined;
  responder: StapleShape["responder"] | undefined;
  "cert-id": StapleShape["certIdHash"] | undefined;
  names: AuthorityOptions["stapleNames"] | undefined;
}

export const staples = ({ screen }: Context): CommandModule<FolderOption, StapleOptions> => ({
  command: "staples",
  describe: "change the properties of all staples",
  builder: {
    age: { choices: ["current", "stale", "early", "endless"], describe: "their validity, relative to now" },
    status: { choices: ["good", "revoked", "unknown"], describe: "their certificate status" },
    responder: { choices: ["issuer", "delegated"], describe: "their signer" },
    "cert-id": { choices: ["SHA-1", "SHA-256", "SHA-384", "SHA-512"], describe: "hash of their CertID" },
    names: { choices: ["sha1", "sha256", "arbitrary"], describe: "their names in the list" },
  },
  handler: async ({ folder, age, status, responder, names, ...rest }) => {
    const shape = present({ age, status, responder, certIdHash: rest["cert-id"] });
    screen.status(await sendAction(folder, "configure", present({ staples: shape, stapleNames: names })));
  },
});
