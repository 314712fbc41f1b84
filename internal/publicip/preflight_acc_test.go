package publicip_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// TestAcc_preflight_refuses checks what a preflight is certain of.
func TestAcc_preflight_refuses(t *testing.T) {
	t.Parallel()
	const lines = "public_ip_address = \"121.40.10.11\"\npreflight = true\n"
	for name, tc := range map[string]struct {
		seed      func(*ecsmock.Seed)
		lines     string
		on, says  string
		described int
	}{
		"no-such-instance": {lines: lines + `instance_id = "i-gone"`, on: "instance_id", says: "There is no instance i-gone", described: 2},
		"of-another-instance": {
			seed: func(s *ecsmock.Seed) {
				other := s.Instances[0]
				other.ID, other.PublicIPs = "i-bp2other", []string{"121.40.10.21"}
				s.Instances = append(s.Instances, other)
			},
			lines: lines + `instance_id = "i-bp2other"`, on: "public_ip_address", says: "It has 121.40.10.21", described: 1,
		},
		"of-no-instance": {lines: "public_ip_address = \"121.40.10.99\"\npreflight = true", on: "public_ip_address", says: "No instance in region cn-hangzhou has the public IP address", described: 3},
		"elastic": {
			seed: func(s *ecsmock.Seed) {
				s.Instances[0].EIP = &ecsmock.EIP{AllocationID: "eip-mock1", Address: "121.40.10.50"}
			},
			lines: "public_ip_address = \"121.40.10.50\"\npreflight = true", on: "public_ip_address", says: "is an elastic IP address (eip-mock1)", described: 2,
		},
		"too-old": {
			seed:  func(s *ecsmock.Seed) { s.Instances[0].CreatedHoursAgo = 7 },
			lines: lines, on: "public_ip_address", says: "only in the first 6 hours", described: 1,
		},
		"locked": {
			seed:  func(s *ecsmock.Seed) { s.Instances[0].Locks = []string{"security"} },
			lines: lines + `instance_id = "i-bp1mockvpc"`, on: "instance_id", says: `is locked, with the reason "security"`, described: 1,
		},
		"dry-run-too": {lines: lines + "dry_run = true\ninstance_id = \"i-gone\"", on: "instance_id", says: "There is no instance i-gone", described: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := acctest.Seed()
			if tc.seed != nil {
				tc.seed(&seed)
			}
			server := acctest.StartECS(t, seed)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{{
					Config:      release(server, tc.lines),
					PlanOnly:    true,
					ExpectError: regexp.MustCompile(`Release Would Be Refused[\s\S]*\d+:\s+` + tc.on + `\b[\s\S]*` + says(tc.says).String()),
				}},
			})
			wantCalls(t, server, tc.described, 0)()
		})
	}
}

// TestAcc_preflight_passes checks what does not stand in the way.
func TestAcc_preflight_passes(t *testing.T) {
	t.Parallel()
	const lines = "public_ip_address = \"121.40.10.11\"\npreflight = true\n"
	for name, tc := range map[string]struct {
		seed               func(*ecsmock.Seed)
		lines              string
		described, release int
	}{
		// Terraform plans again as it applies, so each is asked twice.
		"fine":               {lines: lines, described: 2, release: 1},
		"without-permission": {seed: func(s *ecsmock.Seed) { s.Keys[0].DeniedActions = []string{"ecs:DescribeInstances"} }, lines: lines, described: 2, release: 1},
		"empty-list": {
			seed: func(s *ecsmock.Seed) {
				s.Keys[0].DeniedActions, s.Keys[0].EmptyListWhenDenied = []string{"ecs:DescribeInstances"}, true
			},
			lines: lines, described: 6, release: 1,
		},
		"no-answer": {
			seed: func(s *ecsmock.Seed) {
				s.Faults = []ecsmock.Fault{{Kind: ecsmock.CloseConnection, Action: "DescribeInstances", Always: true}}
			},
			lines: lines, described: 2, release: 1,
		},
		"not-on-record-ignored": {lines: "public_ip_address = \"121.40.10.99\"\nignore_not_found = true\npreflight = true", described: 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := acctest.Seed()
			if tc.seed != nil {
				tc.seed(&seed)
			}
			server := acctest.StartECS(t, seed)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps:                    []resource.TestStep{{Config: release(server, tc.lines)}},
			})
			if got := len(server.CallsOf("DescribeInstances")); got != tc.described {
				t.Errorf("DescribeInstances was called %d times, want %d", got, tc.described)
			}
			if got := server.Releases(); got != tc.release {
				t.Errorf("%d effective releases, want %d", got, tc.release)
			}
		})
	}
}

// TestAcc_preflight_asks_nothing checks that what releases nothing asks nothing.
func TestAcc_preflight_asks_nothing(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	const lines = "public_ip_address = \"121.40.10.11\"\n"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: release(server, lines)},
			{Config: release(server, lines+"preflight = true"), ConfigPlanChecks: action(plancheck.ResourceActionUpdate)},
			{Config: release(server, lines+"preflight = true"), ConfigPlanChecks: emptyPlan},
			{RefreshState: true},
			{Config: release(server, lines+"preflight = true"), Destroy: true},
		},
	})
	wantCalls(t, server, 1, 1)()
}

// TestAcc_preflight_of_a_replacement checks that one plan asks once, although
// Terraform plans a replacement twice.
func TestAcc_preflight_of_a_replacement(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	lines := func(address string) string {
		return fmt.Sprintf("public_ip_address = %q\npreflight = true\n", address)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: release(server, lines(acctest.Address))},
			{PreConfig: server.ForgetCalls, Config: release(server, lines(acctest.OtherAddress)), PlanOnly: true, ExpectNonEmptyPlan: true},
		},
	})
	// The test case plans, refreshes, and plans again.
	if got := len(server.CallsOf("DescribeInstances")); got != 2 {
		t.Errorf("two plans asked %d times, want once each", got)
	}
}
