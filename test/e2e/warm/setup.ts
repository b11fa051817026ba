/** Before the tests of logins through relay and service: lays their programs ready. What is lacking is reported by the tests. */
import { missingFor } from "../../../tools/requirements.ts";
import { layWarmPrograms } from "../../support/warm-programs.ts";

export default function setup(): void {
  if (missingFor("warm-login") === undefined) layWarmPrograms();
}
