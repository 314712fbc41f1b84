package main

import (
	"fmt"
	"strings"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func help() string {
	var kinds strings.Builder
	kinds.WriteString("pass, redirect, respond")
	for n, kind := range ecsmock.Kinds() {
		separator := ", "
		if n%5 == 0 {
			separator = ",\n"
		}
		kinds.WriteString(separator + string(kind))
	}
	return fmt.Sprintf(`ecsmock is an ECS endpoint to try a module against, without an account. It
answers ReleasePublicIpAddress and DescribeInstances (version 2014-05-26) from
records and prints each call. It verifies signature V1 (HMAC-SHA1) and signature
V3 (ACS3-HMAC-SHA256), the default of today's SDKs; it answers in JSON only, and
refuses by name each parameter that it does not support.

Usage:
  ecsmock [--listen HOST:PORT] [--seed FILE]

  --listen HOST:PORT  where to listen; port 0 takes a free one (default 127.0.0.1:0)
  --seed FILE         the records to begin with (default: the seed shown below)
  --help              this text

SIGINT and SIGTERM stop it with a summary and exit code 0.

The seed is one JSON object. Unknown names are errors.

  keys[]                    access keys that may call
    access_key_id           required
    access_key_secret       required
    security_token          makes it an STS key: calls must carry the token
    denied_actions          RAM denials: %s, %s
    empty_list_when_denied  a denied DescribeInstances answers an empty list, not Forbidden.RAM
  instances[]
    id, region              required
    network                 required: vpc or classic
    created_hours_ago       age at the start; a VPC instance releases in its first 6 hours
    status                  Running (default), Stopped, Pending, Starting, Stopping
    running_after           becomes Running once that many releases were refused for its status
    locks                   lock reasons; "security" refuses releases
    public_ips              addresses that can be released
    eip                     {"allocation_id", "address"}, which cannot (vpc only)
    releases_left           how many releases are left (default 3)
  faults[]                  answers that go wrong: each meets one call, in this order
    kind                    required, see below
    action                  only calls of this action
    public_ip               only calls that release this address
    after                   true: the call is carried out first, so that only its answer goes wrong
    given_to                the instance that has the address once the call released it
    delay_ms                how many milliseconds later the answer comes
    always                  true: for all calls to come
    status, location        of a redirect
    status, content_type, body  of kind respond
  ignore_dry_run            true: a dry run releases
  remain_times              RemainTimes of a release: hide (default), count, absent

Kinds of faults: %s.

The built-in seed:

%s`, ecsmock.RAMRelease, ecsmock.RAMDescribe, kinds.String(), demoSeed)
}
