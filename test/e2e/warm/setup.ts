/** Installs the programs before the tests of logins through relay and service. The tests report missing requirements. */
import { missingFor } from "../../../tools/requirements.ts";
import { layWarmPrograms } from "../../support/warm-programs.ts";

export default function setup(): void {
  if (missingFor("warm-login") === undefined) layWarmPrograms();
}
