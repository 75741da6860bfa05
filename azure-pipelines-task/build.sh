#!/bin/sh
# Builds the task into build/perfagent (with the modules it needs beside it, as the agent wants them) and tests it.
#   build.sh           the task
#   build.sh --pack    the extension (.vsix) too
set -eu
cd "$(dirname "$0")"
npm ci --no-audit --no-fund --loglevel=error
rm -rf build
npx tsc --project tsconfig.json
cp task.json build/perfagent/
cp -R node_modules build/perfagent/
(cd build/perfagent && cp ../../package.json ../../package-lock.json . && npm prune --omit=dev --no-audit --no-fund --loglevel=error && rm package-lock.json)
npm test
if [ "${1:-}" = --pack ]; then
  cp vss-extension.json README.md build/
  (cd build && npx --yes tfx-cli@0.23.1 extension create --manifest-globs vss-extension.json --no-color)
fi
