#!/usr/bin/env bash
# Nx names the index of its local cache after the machine, and every runner of CI is another machine: without this, Nx knows nothing
# of what was restored into .nx/cache (https://github.com/nrwl/nx/issues/28914). Only for a cache that nobody else can write to.
set -euo pipefail
cd "${1:-.}/.nx/workspace-data" 2>/dev/null || { echo 'No cache of Nx was restored.'; exit 0; }

# As Nx asks for it on Linux.
machine=
for file in /var/lib/dbus/machine-id /etc/machine-id; do
  if [ -z "$machine" ] && [ -s "$file" ]; then read -r machine <"$file"; fi
done
machine=${machine:-$(hostname)}
for index in *.db; do
  [ -e "$index" ] || { echo 'No index of the cache of Nx was restored.'; exit 0; }
  own="$machine-${index##*-}"
  [ "$index" = "$own" ] || mv "$index" "$own"
  echo "The index of the cache of Nx is $own."
done
