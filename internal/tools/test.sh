#!/usr/bin/env bash
# Runs the unit tests, and the acceptance tests on ENGINE, and lists what was
# skipped and why. The arguments go to `go test`.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/../.."
. internal/tools/lib.sh

find_engine
unset TF_ACC_TERRAFORM_VERSION TF_ACC_PROVIDER_NAMESPACE
export TF_ACC=1 TF_ACC_TERRAFORM_PATH=$ENGINE TF_ACC_PROVIDER_HOST=$engine_host

race=-race
if ! go build -race -o /dev/null runtime/cgo 2>/dev/null; then
  race=-race=false
  say "No race detector: it needs cgo and a C compiler"
fi
# Tests build the provider, from what is downloaded and built already.
GOENV=$(go env GOENV) GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE)
export GOENV GOCACHE GOMODCACHE
# Only the tests run in the clean environment: go itself may need the caller's
# proxies to download modules.
.build/tools/gotestsum --format standard-quiet -- "$race" -count=1 -timeout=60m -exec "'$PWD/internal/tools/clean-env.sh'" ./... "$@"
