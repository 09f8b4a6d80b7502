#!/usr/bin/env bash
# A release of all that has a version plan: version, changelog, commit, tag, push, GitHub release. Its version is the step's output.
set -euo pipefail
cd "$(dirname "$0")/../.."

export GIT_AUTHOR_NAME='github-actions[bot]' GIT_AUTHOR_EMAIL='41898282+github-actions[bot]@users.noreply.github.com'
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
before=$(git rev-parse HEAD)
NX_DAEMON=false npx nx release --skip-publish --yes
if [ "$(git rev-parse HEAD)" = "$before" ]; then
  echo "Nothing to release: npx nx release plan writes a version plan (docs/releases.md)." >&2
  exit 1
fi
version=$(node -p 'require("./package.json").version')
git push --atomic origin HEAD:main "v$version"
gh release create "v$version" --verify-tag --title "$version" --notes "See [CHANGELOG.md](../blob/v$version/CHANGELOG.md)."
echo "version=$version" >>"${GITHUB_OUTPUT:-/dev/stdout}"
