#!/usr/bin/env bash
# What the working tree's overlays render to, compared with those of commit $1: Markdown, for the summary of a pull request.
set -euo pipefail
cd "$(dirname "$0")/../.."
base=${1:?Which commit to compare with?}
# A job's summary may have 1 MiB in all.
limit=${RENDER_DIFF_LIMIT:-200000}

scratch=$(mktemp -d)
trap 'git worktree remove --force "$scratch/base"; rm -rf "$scratch"' EXIT
git worktree add --quiet --detach "$scratch/base" "$base"

# One of the two may not have the overlay, which is a difference too.
render() {
  local folder="$1/deploy/overlays/$2"
  if [ -d "$folder" ]; then kubectl kustomize "$folder"; fi
}

for folder in "$scratch"/base/deploy/overlays/*/ deploy/overlays/*/; do basename "$folder"; done | sort -u | while read -r overlay; do
  render "$scratch/base" "$overlay" >"$scratch/before.yaml"
  render . "$overlay" >"$scratch/after.yaml"
  if diff -U 8 --label "base/$overlay" --label "head/$overlay" "$scratch/before.yaml" "$scratch/after.yaml" >"$scratch/diff"; then
    echo "### $overlay: no change"
    continue
  fi
  added=$(grep -c '^+[^+]' "$scratch/diff" || true)
  removed=$(grep -c '^-[^-]' "$scratch/diff" || true)
  echo "### $overlay: $added lines added, $removed removed"
  echo
  # Four, since a manifest may hold a fence of three.
  echo '````diff'
  head -c "$limit" "$scratch/diff"
  [ "$(wc -c <"$scratch/diff")" -le "$limit" ] || printf '\n... cut after %s bytes\n' "$limit"
  echo '````'
done
