/** Why sshd could not be asked, and what to do. Pure. */
import type { Unknown } from "../../sshd/inspect/effective.ts";
import type { RefusalText } from "./refusal-text.ts";

export function notAsked({ why, message }: Unknown): RefusalText {
  switch (why) {
    case "no-sshd":
      return { message, next: ["install OpenSSH's server, then try again"] };
    case "config-invalid":
      return {
        message: `sshd does not accept the configuration that it has: ${message}`,
        next: ["correct what it names (a reload would end sshd), then try again"],
      };
    case "needs-root":
      return { message: `sshd cannot be queried: ${message}`, next: ["as root"] };
    case "no-privsep-folder":
      return {
        message: `sshd cannot be queried: ${message}`,
        next: ["mkdir -m 0755 /run/sshd, or start sshd once; then try again"],
      };
    case "no-host-key":
      return { message, next: ["ssh-keygen -A, then try again"] };
    case "failed":
      return { message: `sshd cannot be queried: ${message}`, next: ["run it by hand: sshd -T"] };
    default:
      return why satisfies never;
  }
}
