/**
 * How much of anything a judgement reads. Sizes of replies are bounded where they are fetched (metadata/fetch.ts); within
 * them these keep the work linear in what is served, so that no input costs more than 50 ms of processor time in the
 * executable, which has no compiler. Each is far from what is honestly served, and what exceeds one is refused, never cut.
 * docs/protocol.md#limits-and-deadlines lists all, docs/decisions/0185-bounded-work.md says how they were found.
 */

/** The key document. */
export const DOCUMENT = {
  /** Lines: 1 MiB of the smallest blocks that the service could sign, each signature wrapped, has fewer. */
  lines: 32_768,
  /**
   * Blocks: 1 MiB holds 2,231 of the smallest, without Caller and Request (470 bytes), some 1,700 usual ones. So no
   * document that the service can serve has more.
   */
  blocks: 2304,
  /**
   * Field lines of one block; the service sends about five. The names are keys of a map before anything is proven: in the
   * executable strings are hashed by a seed that everybody can know, and names made to collide would cost minutes.
   */
  fields: 64,
  /** Characters of a field line or a key line; the API takes key lines of 4,096. */
  line: 8192,
  /** Lines of one signature: one under RSA-8192, wrapped at 64, has 22. */
  signatureLines: 32,
  /**
   * Signatures checked in one document under RSA-2048, the newest keys first; under a longer key, as many fewer as it is
   * longer. A key lives for 60 s: that is four pushes a second for one user, and of one key where sshd names it.
   */
  signatures: 256,
  /** Words of a key line that are held against the offered key: the first that begin as every key does. */
  candidates: 4,
  /** Words of a key line in which a type is looked for; in an honest one it is the first. */
  words: 64,
  /** Strings inside a key; the type with the most has three. */
  parts: 8,
} as const;

/** Certificates, wherever they come from. */
export const CERTIFICATE = {
  /** Bytes; the service's have 1.5 kB, and one with an RSA key of 8192 bits and all else that is allowed has 6 kB. */
  bytes: 16 * 1024,
  /** Extensions; the service's have ten. */
  extensions: 32,
  /** Bytes of an OBJECT IDENTIFIER; one made of a UUID has 20. */
  oid: 32,
  /** Bytes of the bits of a key usage: RFC 5280 §4.2.1.3 names nine bits. */
  keyUsage: 4,
  /** Purposes in an extended key usage; the service's have two. */
  purposes: 32,
  /** Names in a subjectAltName; the signer's has one. */
  names: 16,
  /** Subtrees in name constraints, permitted and excluded each. */
  subtrees: 32,
  /** Bytes of an issuer's or subject's Name; the longest of the pinned roots' has 155. */
  name: 2048,
  /** Attributes of a Name that is shown. */
  attributes: 32,
  /** Bits of an RSA modulus; the service's have 2,048. */
  modulusBits: { least: 2048, most: 8192 },
  /** Bits of an RSA public exponent; 65537, which has 17, is what everybody has. */
  exponentBits: 32,
} as const;

/** The signer's list. */
export const LIST = {
  /** Certificates; a genuine list has four. */
  certificates: 32,
  /** Lines; a genuine list has 130, and 256 KiB wrapped at 64 have 4,100. */
  lines: 6144,
  /** Certificates on a path, the leaf among them; a genuine one has two. */
  depth: 8,
  /** Signature checks in the search for a path: the longest one takes eight, a genuine one two. */
  checks: 16,
} as const;

/** OCSP responses. */
export const STAPLE = {
  /** Certificates inside; a delegated responder needs one. */
  responders: 4,
  /** Answers inside; a staple needs one. */
  answers: 4,
  /** Extensions of the whole, and of each answer; genuine ones have one or none. */
  extensions: 8,
  /** Lines of base64; one at the limit of its size, wrapped at 64, has 1,024. */
  lines: 2048,
  /**
   * Checks of all staples of a judgement that are about the path: three (a look, the responder's certificate, the response)
   * for each certificate of the longest path.
   */
  checks: 24,
} as const;
