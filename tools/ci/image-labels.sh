#!/usr/bin/env bash
# What an image of the tag $1 says of itself, as outputs of a step. The time is the commit's, so that the same commit builds the same.
set -euo pipefail
tag=${1:?Which tag?}
if ! [[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
  echo "$tag is no version's tag: it should look like v1.6.0." >&2
  exit 1
fi
echo "version=${tag#v}"
echo "revision=$(git rev-parse HEAD)"
echo "created=$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ)"
