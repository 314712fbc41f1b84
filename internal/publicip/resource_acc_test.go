package publicip_test

import (
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

const releaseName = "alicloud_ecs_public_ip_release.test"

// wantCalls checks the endpoint's record: how many requests, and how many of
// them released an address.
func wantCalls(t *testing.T, server *ecsmock.Server, requests, releases int) func() {
	t.Helper()
	return func() {
		t.Helper()
		if got := len(server.Calls()); got != requests {
			t.Errorf("%d requests, want %d", got, requests)
		}
		if got := server.Releases(); got != releases {
			t.Errorf("%d effective releases, want %d", got, releases)
		}
	}
}

func stateHas(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(releaseName, tfjsonpath.New(attribute), value)
}

// release is a configuration of one release. The lines given are its arguments.
func release(server *ecsmock.Server, lines string) string {
	return acctest.ProviderBlock(server, "") + "\nresource \"alicloud_ecs_public_ip_release\" \"test\" {\n" + lines + "\n}\n"
}

// within is an argument of release: the time that it may take.
func within(limit time.Duration) string {
	return fmt.Sprintf("timeouts {\n create = %q\n}", limit)
}

var emptyPlan = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

func TestAcc_released_once(t *testing.T) {
	t.Parallel()
	seed := acctest.Seed()
	seed.RemainTimes = ecsmock.RemainTimesCount
	server := acctest.StartECS(t, seed)
	config := release(server, fmt.Sprintf("public_ip_address = %q\ninstance_id = %q", acctest.Address, acctest.InstanceID))

	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					stateHas("id", knownvalue.StringExact("cn-hangzhou:i-bp1mockvpc:121.40.10.11")),
					stateHas("region_id", knownvalue.StringExact("cn-hangzhou")),
					stateHas("outcome", knownvalue.StringExact("released")),
					stateHas("request_id", knownvalue.NotNull()),
					stateHas("remain_times", knownvalue.StringRegexp(regexp.MustCompile(`^\d+$`))),
					stateHas("released_at", knownvalue.StringRegexp(regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))),
				},
			},
			{RefreshState: true},
			{Config: config, ConfigPlanChecks: emptyPlan},
		},
	})
	wantCalls(t, server, 1, 1)()

	call := server.Calls()[0]
	for name, want := range map[string]string{
		"Action": "ReleasePublicIpAddress", "Version": "2014-05-26", "RegionId": acctest.Region,
		"PublicIpAddress": acctest.Address, "InstanceId": acctest.InstanceID,
	} {
		if got := call.Params.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if call.Method != http.MethodPost || call.Params.Has("DryRun") {
		t.Errorf("%s with parameters %v, want a POST without DryRun", call.Method, call.Params)
	}
}

// TestAcc_change applies one configuration and then another.
func TestAcc_change(t *testing.T) {
	t.Parallel()
	const address = "public_ip_address = \"121.40.10.11\"\n"
	for name, tc := range map[string]struct {
		seed          func(*ecsmock.Seed)
		before, after string
		action        string
		warns         string // the summary of the plan's warning; empty: it releases nothing
		requests      int    // of both
		releases      int
		state         map[string]any // after
		fails         string
	}{
		"nothing": {before: address, after: address, action: acctest.NoOp, requests: 1, releases: 1},
		"another-address": {
			before: address, after: `public_ip_address = "121.40.10.12"`, warns: "This Change Releases 121.40.10.12", action: acctest.Update, requests: 2,
			releases: 2,
		},
		"address-now-empty": {
			before: address, after: `public_ip_address = ""`, action: acctest.NoOp, requests: 1, releases: 1,
			state: map[string]any{"public_ip_address": acctest.Address},
		},
		"ignore-not-found": {
			before: address, after: address + "ignore_not_found = true", action: acctest.Update, requests: 1, releases: 1,
			state: map[string]any{"outcome": "released"},
		},
		"timeout":   {before: address, after: address + "timeouts {\n create = \"1m\"\n}", action: acctest.Update, requests: 1, releases: 1},
		"preflight": {before: address, after: address + "preflight = true", action: acctest.Update, requests: 1, releases: 1},
		"empty-and-no-triggers": {
			before: address + "triggers = { again = \"1\" }", after: `public_ip_address = ""`, action: acctest.Update, requests: 1, releases: 1,
		},
		"empty-and-no-instance": {
			before: address + `instance_id = "i-bp1mockvpc"`, after: `public_ip_address = ""`, action: acctest.Update, requests: 1, releases: 1,
		},
		"empty-and-all-others": {
			before: address + "instance_id = \"i-bp1mockvpc\"\ntriggers = { again = \"1\" }",
			after:  "public_ip_address = \"\"\ninstance_id = \"i-bp2other\"\nregion_id = \"eu-central-1\"\ntriggers = { again = \"2\" }\nignore_not_found = true",
			action: acctest.Update, requests: 1, releases: 1,
			state: map[string]any{
				"id": "cn-hangzhou:i-bp1mockvpc:121.40.10.11", "public_ip_address": acctest.Address, "instance_id": "i-bp2other",
				"region_id": "eu-central-1", "triggers": map[string]any{"again": "2"}, "ignore_not_found": true,
			},
		},
		"triggers": {
			before: address + `ignore_not_found = true`, after: address + "ignore_not_found = true\ntriggers = { again = \"1\" }",
			warns: "This Change Releases 121.40.10.11", action: acctest.Update, requests: 2, releases: 1,
			state: map[string]any{"outcome": "already_released", "released_at": nil, "request_id": anything},
		},
		"instance": {
			seed: func(s *ecsmock.Seed) {
				other := s.Instances[0]
				other.ID, other.PublicIPs = "i-bp2other", []string{acctest.Address}
				s.Instances = append(s.Instances, other)
			},
			before: address + `instance_id = "i-bp1mockvpc"`, after: address + `instance_id = "i-bp2other"`,
			warns: "This Change Releases 121.40.10.11", action: acctest.Update, requests: 2, releases: 2,
		},
		"region": {
			seed: func(s *ecsmock.Seed) {
				other := s.Instances[0]
				other.ID, other.Region = "i-bp2other", "eu-central-1"
				s.Instances = append(s.Instances, other)
			},
			before: address, after: address + `region_id = "eu-central-1"`, warns: "This Change Releases 121.40.10.11", action: acctest.Update, requests: 2, releases: 2,
			state: map[string]any{"id": "eu-central-1::121.40.10.11", "instance_id": nil, "remain_times": nil},
		},
		"another-dry-run": {
			before: address + "dry_run = true", after: "public_ip_address = \"121.40.10.12\"\ndry_run = true",
			warns: "This Change Asks For A Dry Run Of 121.40.10.12", action: acctest.Update, requests: 2,
			state: map[string]any{"outcome": "dry_run", "public_ip_address": acctest.OtherAddress},
		},
		"region-spelled-out": {before: address, after: address + `region_id = "cn-hangzhou"`, action: acctest.NoOp, requests: 1, releases: 1},
		"dry-run-then-real": {
			before: address + "dry_run = true", after: address, warns: "This Change Releases 121.40.10.11", action: acctest.Update, requests: 2, releases: 1,
			state: map[string]any{"outcome": "released", "released_at": anything},
		},
		"real-then-dry-run": {
			before: address, after: address + "dry_run = true", action: acctest.Update, requests: 1, releases: 1,
			state: map[string]any{"outcome": "released"},
		},
		"dry-run-then-empty": {
			before: address + "dry_run = true", after: "public_ip_address = \"\"\ndry_run = true", action: acctest.NoOp, requests: 1,
			state: map[string]any{"outcome": "dry_run", "released_at": nil},
		},
		"dry-run-then-real-and-empty": {
			before: address + "dry_run = true", after: `public_ip_address = ""`, fails: `No Public IP Address To Release`, requests: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := acctest.Seed()
			if tc.seed != nil {
				tc.seed(&seed)
			}
			server := acctest.StartECS(t, seed)
			cli := acctest.NewCLI(t, release(server, tc.before))
			if result := cli.Run(t, "apply", "-auto-approve"); result.ExitCode != 0 {
				t.Fatalf("the first apply failed:\n%s", result.Output)
			}
			cli.Write(t, release(server, tc.after))
			plan := cli.Run(t, "plan", "-out=tfplan")
			if tc.fails != "" {
				wantText(t, plan, tc.fails)
				wantCalls(t, server, tc.requests, tc.releases)()
				return
			}
			change := cli.Change(t, "tfplan", releaseName)
			if got := change.Action(); got != tc.action {
				t.Errorf("the plan's action is %s, want %s", got, tc.action)
			}
			for _, computed := range []string{"id", "request_id", "remain_times", "outcome", "released_at"} {
				if again := tc.requests > 1; change.AfterUnknown[computed] == true != again {
					t.Errorf("%s is unknown: %v, and it releases again: %v", computed, change.AfterUnknown[computed], again)
				}
			}
			if tc.warns != "" {
				wantText(t, plan, "0 to add, 1 to change, 0 to destroy", "Warning: "+tc.warns, "Deprecated Alibaba Cloud API")
			} else {
				wantNoText(t, plan, "Warning: This Change", "Deprecated Alibaba Cloud API")
			}
			if result := cli.Run(t, "apply", "tfplan"); result.ExitCode != 0 {
				t.Errorf("the second apply failed:\n%s", result.Output)
			}
			state := cli.State(t, releaseName)
			for attribute, want := range tc.state {
				if got := state[attribute]; want != any(anything) && !reflect.DeepEqual(got, want) || want == any(anything) && got == nil {
					t.Errorf("%s is %v, want %v", attribute, got, want)
				}
			}
			if plan := cli.Run(t, "plan", "-detailed-exitcode"); plan.ExitCode != 0 {
				t.Errorf("the plan after it is not empty:\n%s", plan.Output)
			}
			wantCalls(t, server, tc.requests, tc.releases)()
		})
	}
}

// anything is any value but null.
const anything = "(anything)"
