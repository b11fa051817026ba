/**
 * What depends on sshd's version, in one table. Code that decides by a version asks here; code that can see the fact in
 * sshd's answer uses the answer. The install tests compare each row with real sshds. Pure.
 */

/** The versions with which the rows were compared: Debian 11, 12, 13 and sid. */
export const MEASURED = ["8.4", "9.2", "10.0", "10.6"] as const;

export interface VersionFact {
  readonly about: string;
  /** The first version for which it is true, by OpenSSH's release notes; for the last two rows, the first that was measured. */
  readonly from: string;
  /** The last such version; absent if it is still true. */
  readonly to?: string;
}

export const OPENSSH = {
  commandWords: { about: "AuthorizedKeysCommand takes arguments and tokens", from: "6.9" },
  rsaBySignature: {
    about: "PubkeyAcceptedAlgorithms is compared with an RSA key's signature algorithm, not with the type ssh-rsa",
    from: "7.8",
  },
  environmentList: { about: "PermitUserEnvironment takes a list of patterns", from: "7.8" },
  include: { about: "sshd_config has Include", from: "8.2" },
  acceptedAlgorithms: { about: "PubkeyAcceptedKeyTypes is called PubkeyAcceptedAlgorithms", from: "8.5" },
  principalsIgnored: {
    about: "an AuthorizedPrincipalsCommand is ignored if it is read after an AuthorizedKeysCommand",
    from: "8.7",
    to: "9.3",
  },
  requiredRsaSize: { about: "RequiredRSASize limits RSA keys", from: "9.1" },
  versionOption: { about: "sshd -V prints the version; before, it is in the error message", from: "9.2" },
  printOption: { about: "sshd -G prints the configuration without host keys", from: "9.3" },
  connectionTokens: { about: "AuthorizedKeysCommand knows the tokens %C and %D", from: "9.4" },
  sessionProgram: { about: "each connection is handled by the program sshd-session", from: "9.8" },
  penalties: { about: "PerSourcePenalties refuses addresses after failed logins", from: "9.8" },
  refuseConnection: { about: "RefuseConnection ends connections before a key is asked for", from: "9.9" },
  matchInvalidUser: { about: "Match has the criterion Invalid-User, without an argument", from: "9.9" },
  authProgram: { about: "keys are checked by the program sshd-auth", from: "10.0" },
  revokedFiles: { about: "RevokedKeys takes several files", from: "10.3" },
  mixedCase: { about: "sshd -T prints keywords in mixed case", from: "10.5" },
  commandNone: { about: "AuthorizedKeysCommand none in a Match block is run as a command of that name", from: "8.4" },
  revokedNone: { about: "RevokedKeys none in a Match block is a file of that name", from: "8.4" },
} as const satisfies Record<string, VersionFact>;

/**
 * Returns whether a fact is true for this version.
 * @param version `OpenSSH_9.2p1`, as sshd prints it
 * @returns undefined if the version is not known
 */
export function isTrueFor({ from, to }: VersionFact, version: string | undefined): boolean | undefined {
  const [, given] = /^OpenSSH_(\d+\.\d+)/.exec(version ?? "") ?? [];
  if (given === undefined) return undefined;
  return numberOf(given) >= numberOf(from) && (to === undefined || numberOf(given) <= numberOf(to));
}

/** Returns a number that orders versions: 8.10 is later than 8.9. */
function numberOf(version: string): number {
  const [major, minor] = version.split(".").map(Number);
  return (major ?? 0) * 1000 + (minor ?? 0);
}

/** Returns `OpenSSH 8.7 to 9.3`, or `OpenSSH 9.8 or later`. */
export const versionsOf = ({ from, to }: VersionFact): string =>
  `OpenSSH ${from} ${to === undefined ? "or later" : `to ${to}`}`;
