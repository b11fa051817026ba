/**
 * Enforces the words of docs/glossary.md: a name that was replaced with the field's word must not return, neither as an
 * exported name nor as a file or directory.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const RETIRED_NAMES = new Set(
  `
    ASIDE AWS_PLACES Again Agent Asker Behind BlockOutline CallTokenCache CaptureGap Cast DEEP DOCUMENT_MS
    DOCUMENT_PACE DOOR DecidingFile Desk Disk Documents Done Doubt Effect Entered FEW_BOUNDS FIRST Gone Got Group Hold
    Issued Kept KeptTokens Leaned Left Line LiveSigner Look METADATA_KEPT METADATA_KEPT_MS MOST_CONNECTIONS
    MOST_DOCUMENTS MOST_DOCUMENT_BYTES MOST_REQUEST MOST_SOCKETS Manner Means Metadata Moment NEVER Needed NewFile
    NoCapture OPEN_POLICY OUTCOMES Other Ours PLACES Pace Path Period Places Programs Proofs Ran ReadStaple Recency
    Recorder Remembered Repeats Responders Role Running SIGNER_MS SIGNER_PACE SILENCES SharedFetch Shown Signer Signers
    Silence Situation Stamp Stand Standing StaplePlan Steps TAKEN_MS TOKEN_MS TOKEN_PACE TokenRefused Unable VOCABULARY
    Walk Wanting Way Why Wishes Words World about absence after anatomy anchorsOf answerTo answered asWritten asking
    asksService beside carryOut change checkProgram checkWriters common counted currency digestOf doubts eventOfOther
    expectedName explainThere fetchKeys fetchingAll gather goFirst goLikeOthers handedOver holdsUnder isShown
    isStartedAlike isStrongSignature joinWords judge knownFingerprint lackIn leaveWords look lookAround lookAt
    lookAtRunning lookBehind manner mentionsKey merged neededBy openWorld outlineDocument periodOf print printedLine
    provenInstance provenResponders reach readCall readDeciding readKept readNamed readStaple sentence shortOf shown
    signedBy silentAnswer small splitWords stampOf standWhere standings staple startAnother stepsFor strongKey
    takeEffect takeRole tell titleOf together trust unasked uncachedTokens unfit unrevokedAt unseated value walk wayOf
    whyNot withoutOurs
  `
    .trim()
    .split(/\s+/),
);
/** Names that the JSON of a command had. */
const RETIRED_FIELDS = new Set(
  `
    says sentence beside judging mentioned inWork unheard forgotten remembered unable flight wired elsewhere whole tried
    others everybody nobody command-words service-reach other-agents
  `
    .trim()
    .split(/\s+/),
);
const RETIRED_FILES = new Set(
  `
  another core proofs wire calls pace lack doubts remembered repeats stamps beside ending
  surroundings nearest complaint vocabulary anatomy silences examine role keep unseat deaf staple-book pushes
  starting issuing
  `
    .trim()
    .split(/\s+/),
);

const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const EXPORT = /^export (?:async )?(?:abstract )?(?:function|const|class|interface|type) (\w+)/gm;

describe("no retired name returns", () => {
  test("as an exported name", () => {
    const exported = files.flatMap((file) =>
      [...readFileSync(join("src", file), "utf8").matchAll(EXPORT)].map(([, name = ""]) => ({ file, name })),
    );
    expect(exported.length).toBeGreaterThan(800);
    expect(exported.filter(({ name }) => RETIRED_NAMES.has(name))).toEqual([]);
  });

  test("as the prefix of a maximum: MAX_, not MOST_", () => {
    const found = files.filter((file) => /\bMOST_[A-Z]/.test(readFileSync(join("src", file), "utf8")));
    expect(found).toEqual([]);
  });

  test("as a field of the JSON that a command prints", () => {
    const documented = ["cli", "doctor", "service", "settings", "sshd"].flatMap((page) =>
      [...readFileSync(`docs/${page}.md`, "utf8").matchAll(/^\|[^|]*\|.*$/gm)].flatMap(([row]) =>
        [...row.matchAll(/`([\w-]+)`/g)].map(([, name = ""]) => name),
      ),
    );
    expect(documented.length).toBeGreaterThan(300);
    expect(documented.filter((name) => RETIRED_FIELDS.has(name))).toEqual([]);
  });

  test("as a file or a directory", () => {
    const names = files.flatMap((file) => [basename(file, ".ts"), ...dirname(file).split("/")]);
    expect(names.filter((name) => RETIRED_FILES.has(name))).toEqual([]);
  });
});

describe("every path in the glossary", () => {
  const glossary = readFileSync("docs/glossary.md", "utf8");
  const places = [...glossary.matchAll(/`(src\/[\w./-]+)`/g)].map(([, path = ""]) => path);

  test("exists", () => {
    expect(places.length).toBeGreaterThan(10);
    const there = new Set(files.flatMap((file) => [`src/${file}`, `src/${dirname(file)}/`]));
    expect(places.filter((path) => !there.has(path))).toEqual([]);
  });
});
