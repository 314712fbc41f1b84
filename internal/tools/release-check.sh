#!/usr/bin/env bash
# Makes a release and installs it as a user would, without publishing it:
# goreleaser's snapshot, signed by a throw-away key, from a registry on loopback
# and from a filesystem mirror, with ENGINE. PLATFORMS=host builds only for this
# machine's platform, all (the default) for every platform of a release.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/../.."
. internal/tools/lib.sh

new_key() { # name; prints the key's fingerprint
  gpg --batch --quiet --passphrase "" --quick-generate-key "$1 <$1@example.invalid>" rsa2048 sign never 2>/dev/null
  gpg --list-keys --with-colons "$1@example.invalid" 2>/dev/null | awk -F: '$1 == "fpr" { print $10; exit }'
}

start_registry() {
  go build -buildvcs=false -o "$work/registry" ./internal/tools/registry
  mkfifo "$work/url"
  "$work/registry" -dir "$work/release" -version "$version" -key "$work/key.asc" -key-id "$key_id" >"$work/url" &
  registry=$!
  IFS= read -r registry_url <"$work/url" || fail "the registry did not start"
}

stop_registry() {
  [[ -z ${registry:-} ]] || stop "$registry"
  registry=
}

use_registry() {
  cat >"$work/cli.tfrc" <<TEXT
host "$engine_host" {
  services = {
    "providers.v1" = "$registry_url"
  }
}
TEXT
}

use_mirror() {
  cat >"$work/cli.tfrc" <<TEXT
provider_installation {
  filesystem_mirror {
    path = "$work/mirror"
  }
}
TEXT
}

expect() { # a text, the file that must have it
  grep -qF -- "$1" "$2" || fail "not found: $1"
}

init() {
  rm -rf "$work/demo/.terraform"
  run_engine init -no-color 2>&1 | tee "$work/init.log"
}

refused() { # the reason that init must give
  rm -f "$lock"
  ! init || fail "init installed it"
  tr -s '\n ' ' ' <"$work/init.log" >"$work/init.line"
  expect "$1" "$work/init.line"
  cp .build/release/"$prefix"* "$work/release/"
}

release_address() {
  rm -f "$work/demo/terraform.tfstate"
  run_engine apply -no-color -auto-approve
  run_engine plan -no-color -detailed-exitcode >/dev/null || fail "the plan after the apply is not empty"
}

command -v gpg >/dev/null || fail "gpg is needed, to sign the release"
find_engine
make_work
# The path of the agent's socket has to be short, so it is not below $work.
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'stop_registry; stop_mock; gpgconf --kill all; rm -rf "$GNUPGHOME" "$work"' EXIT

say "Snapshot: configuration checked, built, signed by a throw-away key"
GPG_FINGERPRINT=$(new_key release)
export GPG_FINGERPRINT
key_id=${GPG_FINGERPRINT: -16}
gpg --armor --export "$GPG_FINGERPRINT" >"$work/key.asc"
goreleaser=.build/tools/goreleaser
platform=$(go env GOOS)_$(go env GOARCH)
cp .goreleaser.yml "$work/goreleaser.yml"
"$goreleaser" check
if [[ ${PLATFORMS:-all} == host ]]; then
  echo "Building only for $platform; PLATFORMS=all builds for every platform."
  sed -e "s/^    goos: .*/    goos: [${platform%_*}]/" -e "s/^    goarch: .*/    goarch: [\"${platform#*_}\"]/" \
    .goreleaser.yml >"$work/goreleaser.yml"
fi
"$goreleaser" release --snapshot --clean --config "$work/goreleaser.yml"
sums=$(cd .build/release && echo *_SHA256SUMS)
prefix=${sums%SHA256SUMS}
version=${prefix#terraform-provider-alicloud_} version=${version%_}
mkdir "$work/release"
cp .build/release/"$prefix"* "$work/release/"
cp terraform-registry-manifest.json "$work/release/${prefix}manifest.json"
cat "$work/release/$sums"
expect "${prefix}manifest.json" "$work/release/$sums"
expect "${prefix}sbom.cdx.json" "$work/release/$sums"
expect '"pkg:golang/github.com/alibabacloud-go/tea-rpc@' "$work/release/${prefix}sbom.cdx.json"
gpg --quiet --verify "$work/release/$sums.sig" "$work/release/$sums"

say "Registry: init checks signature and checksum and writes the lock file"
mkdir "$work/demo"
cp examples/demo/*.tf "$work/demo/"
lock=$work/demo/.terraform.lock.hcl
start_registry
start_mock
use_registry
init
expect "key ID $key_id" "$work/init.log"
expect "h1:" "$lock"
expect "zh:$(awk -v zip="$prefix$platform.zip" '$2 == zip { print $1 }' "$work/release/$sums")" "$lock"
cat "$lock"
release_address

say "Filesystem mirror: init accepts the same packages by the same lock file"
mkdir -p "$work/mirror/$engine_host/alicloud-extras/alicloud"
cp "$work/release/$prefix"*.zip "$work/mirror/$engine_host/alicloud-extras/alicloud/"
use_mirror
init
expect "v$version" "$work/init.log"
stop_mock
start_mock
release_address

say "Refused: a package that was tampered with"
use_registry
printf x >>"$work/release/$prefix$platform.zip"
refused "archive has incorrect checksum"

say "Refused: checksums that were tampered with"
printf '\n' >>"$work/release/$sums"
refused "error checking signature"

say "Refused: a signature by another key"
gpg --batch --quiet --yes --local-user "$(new_key stranger)" --detach-sign --output "$work/release/$sums.sig" "$work/release/$sums"
refused "authentication signature from unknown issuer"

say "Release check passed in $SECONDS seconds (platforms: ${PLATFORMS:-all})"
