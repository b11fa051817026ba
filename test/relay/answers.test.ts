/** All valid and invalid answers, with each form of the relay: as shipped, with sanitizers, for the other processor. */
import { describeWith } from "../support/needs.ts";
import { EMULATED, SANITIZED, SHIPPED } from "./programs.ts";
import { describeAnswers } from "./table.ts";

describeWith("relay-run", "as shipped", () => describeAnswers(SHIPPED));
describeWith("relay-run", "with the address and undefined-behaviour sanitizers", () => describeAnswers(SANITIZED));
describeWith("foreign-relay-run", "for the other processor", () => describeAnswers(EMULATED));
