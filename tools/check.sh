#!/bin/sh
# Everything that can be known without running the program: types, lint and format, the import table.
set -eu
cd "$(dirname "$0")/.."
tsc -p tsconfig.json
tsc -p src/simulator/tsconfig.json
tsc -p test/tsconfig.json
biome check --colors=off --error-on-warnings .
vitest run --no-color test/architecture.test.ts
