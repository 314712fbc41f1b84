# shellcheck shell=bash disable=SC2034
# What the scripts beside this file share. They run at the top of the repository.

say() { printf '\n==> %s\n' "$*"; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# clean runs a command without the caller's cloud, Terraform and proxy settings.
clean() { "$PWD/internal/tools/clean-env.sh" "$@"; }

# find_engine makes ENGINE absolute and sets engine_version, such as
# "Terraform v1.11.4", and engine_host, the engine's default registry.
find_engine() {
  [[ $ENGINE == /* ]] || ENGINE=$PWD/$ENGINE
  [[ -x $ENGINE ]] || fail "$ENGINE is not a program; set TF_ACC_TERRAFORM_PATH to a Terraform or OpenTofu binary, or unset it"
  engine_version=$(clean "$ENGINE" version) || fail "$ENGINE does not run"
  engine_version=${engine_version%%$'\n'*}
  case $engine_version in
    OpenTofu*) engine_host=registry.opentofu.org ;;
    Terraform*) engine_host=registry.terraform.io ;;
    *) fail "$ENGINE is neither Terraform nor OpenTofu: it says $engine_version" ;;
  esac
  say "Engine: $engine_version ($ENGINE)"
}

# install_provider builds the provider as a version of a source address into a
# plugin directory, in the layout that init expects.
install_provider() { # plugin directory, registry host, version
  local dir
  dir=$1/$2/alicloud-extras/alicloud/$3/$(go env GOOS)_$(go env GOARCH)
  go build -trimpath -buildvcs=false -ldflags "-X main.version=$3" \
    -o "$dir/terraform-provider-alicloud_v$3$(go env GOEXE)" .
}

# make_work sets work, a directory that is removed, with the mock stopped, when
# the script ends, however it ends.
make_work() {
  mkdir -p .build
  work=$(mktemp -d "$PWD/.build/work.XXXXXX")
  trap 'stop_mock; rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# start_mock starts the mock endpoint on a free port of the loopback interface
# and sets endpoint, its URL. What it prints from then on is read from
# descriptor 3.
start_mock() {
  go build -buildvcs=false -o "$work/ecsmock" ./internal/ecsmock/cmd/ecsmock
  rm -f "$work/calls"
  mkfifo "$work/calls"
  "$work/ecsmock" >"$work/calls" &
  mock=$!
  exec 3<"$work/calls"
  IFS= read -r endpoint <&3 || fail "the mock endpoint did not start"
  endpoint=${endpoint##* }
}

stop_mock() {
  [[ -z ${mock:-} ]] || stop "$mock"
  mock=
}

stop() { # process that this script started
  kill "$1" 2>/dev/null || true
  wait "$1" || true
}

# run_engine runs ENGINE in $work/demo, with its own CLI configuration and the
# mock's access key.
run_engine() { # arguments of the engine
  clean env TF_CLI_CONFIG_FILE="$work/cli.tfrc" TF_IN_AUTOMATION=1 TF_INPUT=0 TF_VAR_endpoint="$endpoint" \
    ALICLOUD_ACCESS_KEY=mock-access-key-id ALICLOUD_SECRET_KEY=mock-access-key-secret \
    "$ENGINE" -chdir="$work/demo" "$@"
}
