/** Summary and description in the packages. */

export const SUMMARY = "SSH keys pushed through EC2 Instance Connect, proven for sshd";

export const DESCRIPTION = `\
sshd asks this program which keys to accept (AuthorizedKeysCommand). It
fetches what was pushed through EC2 Instance Connect from the instance's
metadata service, checks signature, certificates, revocation, time and
instance, and prints only the keys that pass. Outside of EC2 it does
nothing.

Installing it puts it into sshd's configuration if no other command is in
force there, and removing it takes it out again. "eic-agent sshd status",
"enable" and "disable" do the same by hand.

eic-simulator, which simulates the whole service on one machine, is
included.`;
