#!/usr/bin/env bash
# Every image with the app that it is built from, as skaffold.yaml lists them: the output `images` of a step, as JSON for a matrix.
set -euo pipefail
cd "$(dirname "$0")/../.."

images=$(sed -nE '/^ *- image: /{
N
s/.*image: ([^ ]+)\n.*APP: ([^ ]+) .*/{"name":"\1","app":"\2"}/p
}' skaffold.yaml | paste -s -d , -)
echo "images=[$images]"
