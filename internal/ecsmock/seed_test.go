package ecsmock_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

const wholeSeed = `{
  "keys": [
    {"access_key_id": "id", "access_key_secret": "a-secret", "security_token": "a-token",
     "denied_actions": ["ecs:ReleasePublicIpAddress", "ecs:DescribeInstances"], "empty_list_when_denied": true}
  ],
  "instances": [
    {"id": "i-1", "region": "cn-hangzhou", "network": "vpc", "status": "Starting", "running_after": 2,
     "locks": ["security"], "created_hours_ago": 1.5, "public_ips": ["121.40.1.1"],
     "eip": {"allocation_id": "eip-1", "address": "121.40.1.2"}, "releases_left": 0}
  ],
  "faults": [
    {"kind": "redirect", "action": "DescribeInstances", "after": true, "always": true, "status": 307, "location": "http://127.0.0.1"},
    {"kind": "respond", "status": 418, "content_type": "text/plain", "body": "tea"},
    {"kind": "pass", "public_ip": "121.40.1.1", "given_to": "i-1", "delay_ms": 50}
  ],
  "ignore_dry_run": true, "remain_times": "count"
}`

func TestParseSeed(t *testing.T) {
	got, err := ecsmock.ParseSeed([]byte(wholeSeed))
	if err != nil {
		t.Fatal(err)
	}
	want := ecsmock.Seed{
		Keys: []ecsmock.Key{{ID: "id", Secret: "a-secret", SecurityToken: "a-token", DeniedActions: []string{ecsmock.RAMRelease, ecsmock.RAMDescribe},
			EmptyListWhenDenied: true}},
		Instances: []ecsmock.Instance{{ID: "i-1", Region: region, Network: ecsmock.VPC, Status: ecsmock.Starting, RunningAfter: 2, Locks: []string{"security"},
			CreatedHoursAgo: 1.5, PublicIPs: []string{"121.40.1.1"}, EIP: &ecsmock.EIP{AllocationID: "eip-1", Address: "121.40.1.2"}, ReleasesLeft: new(0)}},
		Faults: []ecsmock.Fault{
			{Kind: ecsmock.Redirect, Action: "DescribeInstances", After: true, Always: true, Status: 307, Location: "http://127.0.0.1"},
			{Kind: ecsmock.Respond, Status: 418, ContentType: "text/plain", Body: "tea"},
			{Kind: ecsmock.Pass, PublicIP: "121.40.1.1", GivenTo: "i-1", DelayMS: 50},
		},
		IgnoreDryRun: true, RemainTimes: ecsmock.RemainTimesCount,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestParseSeed_refuses(t *testing.T) {
	replaced := func(old, with string) string {
		if !strings.Contains(wholeSeed, old) {
			t.Fatalf("the seed has no %s", old)
		}
		return strings.Replace(wholeSeed, old, with, 1)
	}
	for name, test := range map[string]struct{ seed, field, problem string }{
		"empty":              {"", "line 1", "ends too early"},
		"not-json":           {"{\n  keys: []\n}", "line 2", "not JSON"},
		"cut-off":            {wholeSeed[:300], "line 7", "ends too early"},
		"more-after-it":      {wholeSeed + "{}", "line 17", "more after the seed"},
		"unknown-name":       {replaced(`"remain_times"`, `"remain_tmies"`), "the JSON", `unknown field "remain_tmies"`},
		"wrong-type":         {replaced(`"a-secret"`, `12`), "line 3", "access_key_secret cannot be a JSON number"},
		"array":              {"[]", "line 1", "the seed cannot be a JSON array"},
		"key-without-id":     {replaced(`"id", "access`, `"", "access`), "keys[0].access_key_id", "missing"},
		"key-without-secret": {replaced(`"a-secret"`, `""`), "keys[0].access_key_secret", "missing"},
		"unknown-denial":     {replaced(`"ecs:DescribeInstances"`, `"ecs:*"`), "keys[0].denied_actions[1]", `"ecs:*"`},
		"key-twice": {`{"keys": [{"access_key_id": "a", "access_key_secret": "b"}, {"access_key_id": "a", "access_key_secret": "c"}]}`,
			"keys[1].access_key_id", "twice"},
		"instance-without-id": {replaced(`"i-1"`, `""`), "instances[0].id", "missing"},
		"instance-twice": {`{"instances": [{"id": "i", "region": "r", "network": "vpc"}, {"id": "i", "region": "r", "network": "vpc"}]}`,
			"instances[1].id", "twice"},
		"no-region":           {replaced(`"cn-hangzhou"`, `""`), "instances[0].region", "missing"},
		"no-network":          {replaced(`"vpc"`, `""`), "instances[0].network", "neither"},
		"unknown-status":      {replaced(`"Starting"`, `"starting"`), "instances[0].status", `"starting"`},
		"running-after-less":  {replaced(`"running_after": 2`, `"running_after": -1`), "instances[0].running_after", "negative"},
		"releases-left-less":  {replaced(`"releases_left": 0`, `"releases_left": -1`), "instances[0].releases_left", "negative"},
		"public-ip-v6":        {replaced(`"121.40.1.1"`, `"2400:3200::1"`), "instances[0].public_ips[0]", "not an IPv4"},
		"eip-address":         {replaced(`"121.40.1.2"`, `"121.40.1"`), "instances[0].eip.address", "not an IPv4"},
		"eip-without-id":      {replaced(`"eip-1"`, `""`), "instances[0].eip.allocation_id", "missing"},
		"eip-on-classic":      {replaced(`"vpc"`, `"classic"`), "instances[0].eip", "only a VPC"},
		"unknown-fault":       {replaced(`"redirect"`, `"explode"`), "faults[0].kind", `"explode"`},
		"fault-of-no-action":  {replaced(`"action": "DescribeInstances"`, `"action": "Describe"`), "faults[0].action", `"Describe"`},
		"redirect-nowhere":    {replaced(`"http://127.0.0.1"`, `""`), "faults[0].location", "needs a URL"},
		"redirect-status":     {replaced(`307`, `200`), "faults[0].status", "not a redirect"},
		"status-out-of-range": {replaced(`418`, `600`), "faults[1].status", "not between"},
		"status-not-honoured": {`{"faults": [{"kind": "close", "status": 500}]}`, "faults[0].status", "has its own"},
		"body-not-honoured":   {`{"faults": [{"kind": "close", "body": "x"}]}`, "faults[0].body", "has its own"},
		"location-of-another": {`{"faults": [{"kind": "close", "location": "http://127.0.0.1"}]}`, "faults[0].location", "has none"},
		"empty-list-allowed": {`{"keys": [{"access_key_id": "a", "access_key_secret": "b", "empty_list_when_denied": true}]}`,
			"keys[0].empty_list_when_denied", "ecs:DescribeInstances"},
		"running-after-start": {`{"instances": [{"id": "i", "region": "r", "network": "vpc", "running_after": 1}]}`,
			"instances[0].running_after", "does not refuse"},
		"from-the-future": {`{"instances": [{"id": "i", "region": "r", "network": "vpc", "created_hours_ago": -1}]}`,
			"instances[0].created_hours_ago", "negative"},
		"fault-of-no-address":  {`{"faults": [{"kind": "close", "public_ip": "121.40.1"}]}`, "faults[0].public_ip", "not an IPv4"},
		"given-to-nobody":      {replaced(`"given_to": "i-1"`, `"given_to": "i-2"`), "faults[2].given_to", `"i-2" is not on record`},
		"given-nothing":        {`{"faults": [{"kind": "close", "given_to": "i-1"}]}`, "faults[0].given_to", "releases nothing"},
		"delay-negative":       {replaced(`"delay_ms": 50`, `"delay_ms": -1`), "faults[2].delay_ms", "negative"},
		"fault-never-met":      {`{"faults": [{"kind": "close", "action": "DescribeInstances", "public_ip": "121.40.1.1"}]}`, "faults[0].public_ip", "releases none"},
		"body-without-content": {`{"faults": [{"kind": "respond", "status": 204, "body": "x"}]}`, "faults[0].body", "has none"},
		"unknown-remain-times": {replaced(`"count"`, `"some"`), "remain_times", `"some"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ecsmock.ParseSeed([]byte(test.seed))
			var problem *ecsmock.SeedError
			if !errors.As(err, &problem) {
				t.Fatalf("got %v", err)
			}
			if problem.Field != test.field {
				t.Errorf("field %q, want %q", problem.Field, test.field)
			}
			contains(t, problem.Problem, test.problem)
			for _, secret := range []string{"a-secret", "a-token"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%q holds a secret", err)
				}
			}
		})
	}
}

func TestSeed_is_checked(t *testing.T) {
	_, err := ecsmock.New(ecsmock.Seed{Instances: []ecsmock.Instance{{ID: "i-1", Region: region}}})
	if problem := (*ecsmock.SeedError)(nil); !errors.As(err, &problem) {
		t.Errorf("got %v", err)
	}
}
