#!/usr/bin/env bash
# Installs the provider, for Terraform's and OpenTofu's source address, into the
# plugin directory that both search before their registries.
set -euo pipefail
unset CDPATH
cd "$(dirname "$0")/../.."
. internal/tools/lib.sh
plugins=$1 version=$2

for host in registry.terraform.io registry.opentofu.org; do
  install_provider "$plugins" "$host" "$version"
done
cat <<TEXT
Installed alicloud-extras/alicloud $version in $plugins.
While it is there, init takes this provider from there alone. To remove it:
  rm -r "$plugins"/registry.{terraform.io,opentofu.org}/alicloud-extras/alicloud
TEXT
