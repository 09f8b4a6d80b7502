#!/usr/bin/env bash
# Puts the images of all platforms, pushed by digest before, under one tag and signs it: NAME VERSION FOLDER, where each file of the
# folder is named as a digest. A tag is written once: what has been deployed under it stays what it was.
set -euo pipefail
name=${1:?Which image?}
version=${2:?Which version?}
digests=${3:?Which folder has the digests?}

if docker buildx imagetools inspect "$name:$version" >/dev/null 2>&1; then
  echo "$name:$version exists: release another version." >&2
  exit 1
fi
sources=()
for file in "$digests"/*; do
  sources+=("$name@sha256:$(basename "$file")")
done
docker buildx imagetools create --tag "$name:$version" "${sources[@]}"
digest=$(docker buildx imagetools inspect "$name:$version" --format '{{.Manifest.Digest}}')
# Keyless: by the identity of this workflow, from GitHub's OIDC token. By digest, since a tag may move.
cosign sign --yes "$name@$digest"
echo "$name:$version is $digest" | tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}"
