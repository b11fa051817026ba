#!/bin/sh
# Everything that can be checked without running the program: types, language, lint and format, the import table, the rules for files.
set -eu
cd "$(dirname "$0")/.."
tsc -p tsconfig.json
tsc -p src/simulator/tsconfig.json
tsc -p test/tsconfig.json
node tools/language.ts
biome check --colors=off --error-on-warnings .
vitest run --no-color test/architecture.test.ts test/source-files.test.ts
