/** An answer without a key and without an error: the message, and what to do. The README's troubleshooting says more. */
import type { NoKeyReason } from "../authorize.ts";

export const NO_KEY_MESSAGES: Readonly<Record<NoKeyReason, { readonly message: string; readonly hint: string }>> = {
  "not-ec2": {
    message: "this is not an EC2 instance: no request was made",
    hint: "in a container, or if the DMI is hidden, set [instance] id in the settings",
  },
  "no-user": {
    message: "that cannot be a user name: no request was made",
    hint: "a name has 1 to 256 bytes, no slash and no control character, and is not . or ..",
  },
  "metadata-off": {
    message: "the metadata service is turned off for this instance (403 to the token request)",
    hint: "enable it in the instance's metadata options (HttpEndpoint)",
  },
  "no-keys": {
    message: "no key is pushed for this user; a pushed key lives for 60 seconds",
    hint: "push one and log in within 60 seconds; is it the same user, instance and region?",
  },
  "not-offered": {
    message: "keys are pushed for this user, but not the offered one",
    hint: "let ssh offer the pushed key: ssh -o IdentitiesOnly=yes -i KEY",
  },
};
