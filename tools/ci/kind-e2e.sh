#!/usr/bin/env bash
# Loads the images into the kind cluster of the current context, applies the dev overlay and runs the smoke suite against it, with a
# rolling restart under load. deploy/kind/cluster.yaml makes such a cluster; CLUSTER is its name.
set -euo pipefail
cd "$(dirname "$0")/../.."
cluster=${CLUSTER:-kind}

on_exit() {
  local code=$?
  [ "$code" -eq 0 ] && return
  kubectl -n dev get all
  kubectl -n dev get events --sort-by=.lastTimestamp
  kubectl -n dev logs -l app --tail=100 --prefix --all-containers --max-log-requests=50
  exit "$code"
}
trap on_exit EXIT

# shellcheck disable=SC2046 # a word each
kind load docker-image --name "$cluster" $(docker compose --profile apps config --images | grep ':dev$')
kubectl apply -k deploy/kind
npx nx status deploy --configuration=dev
export E2E_URL=http://127.0.0.1:8080
export E2E_RESTART='kubectl -n dev rollout restart deployment/api-server && kubectl -n dev rollout status deployment/api-server --timeout=5m'
npx nx test-remote e2e
