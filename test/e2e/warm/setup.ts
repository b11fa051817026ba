/** Before the tests of logins through relay and service: lays their programs ready. What is lacking is reported by the tests. */
import { lacking } from "../../../tools/setup-needs.ts";
import { layWarmPrograms } from "../../support/warm-programs.ts";

export default function setup(): void {
  if (lacking("warm-login") === undefined) layWarmPrograms();
}
