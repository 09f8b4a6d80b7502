#!/usr/bin/env bash
# Tests what the commits since $BASE touch, and all that depends on it; everything when there is no $BASE (a push to main).
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ -z "${BASE:-}" ]; then
  exec npm test
fi
npm ci --no-audit --no-fund
projects=$(NX_DAEMON=false npx nx show projects --affected --base="$BASE" --sep=' ')
if [ -z "$projects" ]; then
  echo "No project is affected by the changes since $BASE."
  exit 0
fi
echo "Affected by the changes since $BASE: $projects"
# shellcheck disable=SC2086 # one word a project
exec npm test -- $projects
