/**
 * `npm run test:fuzz [-- --seconds N]`: runs libFuzzer, with the address and undefined-behaviour sanitizers, on the data
 * that the relay reads and writes (test/relay/fuzz.c). The corpus is kept in dist/fuzz/corpus. An input that fails is
 * written to dist/fuzz, and its name is printed.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { compile, LANGUAGE } from "../packaging/build/relay-compile.ts";
import { missingFor } from "./requirements.ts";
import { prepare } from "./setup.ts";

const FOLDER = "dist/fuzz";
const CORPUS = `${FOLDER}/corpus`;

const { seconds } = parseArgs({ options: { seconds: { type: "string", default: "20" } } }).values;
if (!/^[1-9][0-9]{0,5}$/.test(seconds)) throw new Error(`--seconds ${seconds}: a whole number of seconds`);

await prepare((line) => void process.stdout.write(`${line}\n`), ["fuzz"]);
const reason = missingFor("fuzz");
if (reason !== undefined) throw new Error(`not fuzzed: ${reason}`);

const program = `${FOLDER}/relay`;
const sanitizers = ["-O1", "-g", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"];
compile("clang", [...LANGUAGE, ...sanitizers, "test/relay/fuzz.c"], program);

mkdirSync(CORPUS, { recursive: true });
for (const [name, hex] of Object.entries({
  answered: `45494301${"00000000"}00000004${Buffer.from("abc\n").toString("hex")}`,
  empty: `45494301${"00000000"}00000000`,
  fault: `45494301${"01000000"}00000000`,
  wrongly: `45494301${"02000000"}00000000`,
  busy: `45494301${"03000000"}00000000`,
  "more-than-the-most": `45494301${"00000000"}00100001`,
  words: Buffer.from("alice\0SHA256:abc").toString("hex"),
  "long-words": Buffer.from(`${"a".repeat(1000)}\0${"b".repeat(16)}`).toString("hex"),
}))
  writeFileSync(`${CORPUS}/${name}`, Buffer.from(hex, "hex"));

// Longer inputs reach no further code: an answer of 2 KiB has every part that an answer of a megabyte has.
const bounds = [`-max_total_time=${seconds}`, "-max_len=2048", "-timeout=10", "-rss_limit_mb=1024"];
const quiet = ["-print_final_stats=1", "-verbosity=0", `-artifact_prefix=${FOLDER}/`];
const { status, error } = spawnSync(program, [...bounds, ...quiet, CORPUS], { stdio: "inherit" });
if (error !== undefined) throw error;
process.exitCode = status ?? 1;
