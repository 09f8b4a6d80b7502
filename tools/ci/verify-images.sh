#!/usr/bin/env bash
# That every image of overlay $1 was signed by this repository's own workflow images.yml, on main or on a version's tag. Prints
# `- name:tag@digest`, a line each: what the signature is of, which is what the tag is now.
set -euo pipefail
cd "$(dirname "$0")/../.."
overlay=${1:?Which overlay?}
repository=${GITHUB_REPOSITORY:?Which repository, as owner/name?}
server=${GITHUB_SERVER_URL:-https://github.com}

kubectl kustomize "deploy/overlays/$overlay" | sed -nE 's#^ *image: (.*)$#\1#p' | sort -u | while read -r image; do
  payload=$(cosign verify --output json \
    --certificate-oidc-issuer https://token.actions.githubusercontent.com \
    --certificate-identity-regexp "^$server/$repository/\.github/workflows/images\.yml@refs/(heads/main|tags/v.*)\$" \
    "$image" 2>/dev/null) || { echo "$image has no signature of $repository." >&2; exit 1; }
  [[ $payload =~ sha256:[0-9a-f]{64} ]] || { echo "The signature of $image names no digest." >&2; exit 1; }
  echo "- $image@${BASH_REMATCH[0]}"
done
