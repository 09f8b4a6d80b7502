#!/usr/bin/env bash
# The system tests, on a Debian or Ubuntu where sudo asks for no password.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=$(npm run --silent test:system -- --packages)
sudo apt-get update -qq
# shellcheck disable=SC2086 # one word a package
sudo DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $packages
# Root, since the images are run as another user; with this PATH, since sudo's own has no Node of setup-node.
exec sudo env "PATH=$PATH" CI=true npm run test:system
