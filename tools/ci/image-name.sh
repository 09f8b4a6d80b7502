#!/usr/bin/env bash
# Where the image $1 is pushed to, as the outputs `name` and `server` of a step. The overlays say it, so that it is said once.
set -euo pipefail
cd "$(dirname "$0")/../.."
image=${1:?Which image?}
overlay=${2:-prod}

name=$(kubectl kustomize "deploy/overlays/$overlay" | sed -nE "s#^ *image: (.*/)?$image:.*#\1$image#p" | sort -u)
if [ -z "$name" ]; then
  echo "deploy/overlays/$overlay has no image $image." >&2
  exit 1
fi
if [[ $name == my-registry/* ]]; then
  echo "$name is a placeholder: put your registry in \`images\` of the overlays (deploy/README.md)." >&2
  exit 1
fi
# As Docker reads it: a host has a dot or a port, else it is Docker Hub.
server=${name%%/*}
[[ $server == *.* || $server == *:* ]] || server=docker.io
echo "name=$name"
echo "server=$server"
