#!/usr/bin/env bash
# Releases an address of the mock endpoint with ENGINE, step by step. It leaves
# nothing behind and reads only its own Terraform configuration.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/../.."
. internal/tools/lib.sh

color=
[[ -t 1 ]] || color=-no-color
step() { # what to look at, then the engine's arguments
  say "$1"
  shift
  printf '$ %s\n' "${ENGINE##*/} $*"
  run_engine "$@" ${color:+"$color"}
}

find_engine
make_work
say "Building the provider and starting the mock endpoint"
install_provider "$work/plugins" "$engine_host" 0.1.0
start_mock
cp -R examples/demo "$work/demo"
printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$work/plugins" >"$work/cli.tfrc"
run_engine init -no-color >"$work/init.log" || fail "init failed: $(<"$work/init.log")"
echo "The mock endpoint listens on $endpoint. This is what will be applied:"
sed -n '/^resource/,/^}/p' "$work/demo/main.tf"

step "Plan: it announces the release and calls nothing." plan -out=release.tfplan
step "Apply: one call. State keeps the outcome and the request ID." apply release.tfplan
step "Plan again: no changes. A release is never repeated." plan -detailed-exitcode
step "Destroy: only the record goes. The address does not come back." destroy -auto-approve

stop_mock
say "What the mock endpoint saw: one call in all."
sed -n '/^TIME/,$p' <&3 | tee "$work/record"
grep -q 'Calls: 1, addresses released: 1,' "$work/record" || fail "one call and one release were expected"
