#!/usr/bin/env bash
# Runs a command without the caller's cloud, Terraform and proxy settings: only
# the variables below are passed on, and HOME is an empty directory.
set -euo pipefail
unset CDPATH
root=$(cd "$(dirname "$0")/../.." && pwd)
home=$root/.build/home
mkdir -p "$home"

kept=(HOME="$home" CHECKPOINT_DISABLE=1)
for name in $(compgen -e); do
  case $name in
    PATH | TMPDIR | TERM | LANG | LC_* | CI | CC | CGO_* | GO* | TF_ACC*) kept+=("$name=${!name}") ;;
  esac
done
exec env -i "${kept[@]}" "$@"
