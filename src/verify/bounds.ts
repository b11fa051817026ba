/**
 * Limits for the data that one verification processes. The sizes of replies are limited when they are fetched
 * (metadata/fetch.ts). Within these sizes, the limits here keep the work linear in the size of the replies, so that no input
 * costs more than 50 ms of processor time in the executable, which has no JIT compiler. Each limit is far above genuine
 * values. Data that exceeds a limit is refused, never cut. docs/protocol.md#limits-and-deadlines lists all,
 * docs/decisions/0185-bounded-work.md explains them.
 */

/** The key document. */
export const DOCUMENT = {
  /** Lines: 1 MiB of the smallest blocks that EC2 Instance Connect could sign, with wrapped signatures, has fewer. */
  lines: 32_768,
  /**
   * Blocks: 1 MiB holds 2,231 of the smallest blocks (470 bytes, without Caller and Request) and about 1,700 usual blocks.
   * So no document that EC2 Instance Connect can serve has more.
   */
  blocks: 2304,
  /**
   * Field lines of one block; genuine blocks have about five. The names become keys of a map before the signature is
   * verified. The executable hashes strings with a publicly known seed, and names chosen to collide would cost minutes.
   */
  fields: 64,
  /** Characters of a field line or a key line; the API accepts key lines of 4,096. */
  line: 8192,
  /** Lines of one signature; an RSA-8192 signature wrapped at 64 characters has 22. */
  signatureLines: 32,
  /**
   * Signatures checked in one document under RSA-2048, the newest keys first; proportionally fewer under a longer key. A key
   * lives for 60 s, so this allows four pushes per second for one user, or of one key if sshd passes its fingerprint.
   */
  signatures: 256,
  /** Words of a key line that are compared with the offered key: the first words with the prefix that every key has. */
  candidates: 4,
  /** Words of a key line in which a type is looked for; in an honest line it is the first. */
  words: 64,
  /** Strings inside a key; no type has more than three after its name. */
  parts: 8,
} as const;

/** Certificates from any source. */
export const CERTIFICATE = {
  /** Bytes; a genuine certificate has 1.5 kB. With an RSA-8192 key and all else that is allowed it has 6 kB. */
  bytes: 16 * 1024,
  /** Extensions; genuine certificates have ten. */
  extensions: 32,
  /** Bytes of an OBJECT IDENTIFIER; an OID made from a UUID has 20. */
  oid: 32,
  /** Bytes of the bits of a key usage; RFC 5280 §4.2.1.3 defines nine bits. */
  keyUsage: 4,
  /** Purposes in an extended key usage; genuine certificates have two. */
  purposes: 32,
  /** Names in a subjectAltName; the signer's has one. */
  names: 16,
  /** Subtrees in name constraints, for permitted and excluded each. */
  subtrees: 32,
  /** Bytes of the Name of an issuer or subject; the longest in the pinned roots has 155. */
  name: 2048,
  /** Attributes of a Name that is displayed. */
  attributes: 32,
  /** Bits of an RSA modulus; genuine keys have 2,048. */
  modulusBits: { least: 2048, most: 8192 },
  /** Bits of an RSA public exponent; the usual exponent, 65537, has 17. */
  exponentBits: 32,
} as const;

/** The signer's certificate list. */
export const LIST = {
  /** Certificates; a genuine list has four. */
  certificates: 32,
  /** Lines; a genuine list has 130, and 256 KiB wrapped at 64 characters has 4,100. */
  lines: 6144,
  /** Certificates on a path, including the leaf; a genuine path has two. */
  depth: 8,
  /** Signature checks in the search for a path; the longest path takes eight, a genuine path two. */
  checks: 16,
} as const;

/** OCSP responses. */
export const STAPLE = {
  /** Certificates in a response; a delegated responder needs one. */
  responders: 4,
  /** Single responses in a response; a staple needs one. */
  answers: 4,
  /** Extensions of the whole response, and of each single response; genuine responses have at most one. */
  extensions: 8,
  /** Lines of base64; a staple of the maximum size, wrapped at 64, has 256. */
  lines: 2048,
  /**
   * Checks for all staples of a verification that concern the path: three for each certificate of the longest path (a look
   * at the response, the responder's certificate, the response's signature).
   */
  checks: 24,
} as const;
