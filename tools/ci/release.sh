#!/usr/bin/env bash
# A release of what the version plans tell: version, changelog, commit, tag, push, GitHub release. Its version is the step's output.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! ls .nx/version-plans/*.md >/dev/null 2>&1; then
  echo "Nothing to release: npx nx release plan writes a version plan (docs/releases.md)." >&2
  exit 1
fi
first=
[ -n "$(git tag --list 'v*')" ] || first=--first-release
export GIT_AUTHOR_NAME='github-actions[bot]' GIT_AUTHOR_EMAIL='41898282+github-actions[bot]@users.noreply.github.com'
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
# shellcheck disable=SC2086 # none, or one word
NX_DAEMON=false npx nx release --skip-publish $first

version=$(node -p 'require("./package.json").version')
git push --atomic origin HEAD:main "v$version"
# The newest entry of the changelog, without its own heading.
awk '/^## /{entries++; next} entries == 1' CHANGELOG.md |
  gh release create "v$version" --verify-tag --title "$version" --notes-file -
echo "version=$version" >>"${GITHUB_OUTPUT:-/dev/stdout}"
