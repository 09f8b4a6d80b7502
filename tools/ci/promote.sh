#!/usr/bin/env bash
# Asks, by a pull request, that overlay $TO runs release $RELEASE (if not given, what $FROM runs): one line of it changes, and its
# snapshot. Only for images that carry our signature.
set -euo pipefail
cd "$(dirname "$0")/../.."
to=${TO:?Which overlay is to change?}

if [ -n "${RELEASE:-}" ]; then what="--release=$RELEASE"; else what="--from=${FROM:?Which release, or from which overlay?}"; fi
npx nx promote deploy --configuration="$to" "$what"
if git diff --quiet; then
  echo "$to runs that release already."
  exit 0
fi
release=$(sed -nE "s/.*&version '(.*)'.*/\1/p" "deploy/overlays/$to/kustomization.yaml")
images=$(bash tools/ci/verify-images.sh "$to")

branch="promote/$to-$release"
git switch --quiet --create "$branch"
git -c user.name='github-actions[bot]' -c user.email='41898282+github-actions[bot]@users.noreply.github.com' \
  commit --quiet --all --message "Promote $release to $to"
git push --force origin "$branch"
gh pr create --base main --head "$branch" --title "Promote $release to $to" \
  --body "The images, as they were signed by this repository's workflow:

$images"
