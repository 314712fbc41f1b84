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
While it is there, init takes this provider only from there. To remove it:
  rm -r "$plugins"/registry.{terraform.io,opentofu.org}/alicloud-extras/alicloud

If your CLI configuration (~/.terraformrc, ~/.tofurc or TF_CLI_CONFIG_FILE) has a
block provider_installation, as in provider_installation { direct {} }, init does
not look there. Make the block:
  provider_installation {
    filesystem_mirror {
      path    = "$plugins"
      include = ["alicloud-extras/alicloud"]
    }
    direct {
      exclude = ["alicloud-extras/alicloud"]
    }
  }
TEXT
