package publicip_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
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
		"throttled": {
			seed: func(s *ecsmock.Seed) {
				s.Faults = []ecsmock.Fault{{Kind: ecsmock.ThrottlingUser, Action: "DescribeInstances"}, {Kind: ecsmock.CloseConnection, Action: "DescribeInstances"}}
			},
			lines: lines, described: 4, release: 1,
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

// TestAcc_preflight_unanswered checks that a release is made although its check
// got no answer for as long as the release may take.
func TestAcc_preflight_unanswered(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	server.Inject(ecsmock.Fault{Kind: ecsmock.CloseConnection, Action: "DescribeInstances", Always: true})
	cli := acctest.NewCLI(t, "")
	var result acctest.Result
	for limit := range acctest.Limits {
		cli.Write(t, release(server, "public_ip_address = \"121.40.10.11\"\npreflight = true\n"+within(limit)))
		server.ForgetCalls()
		if result = cli.Run(t, "apply", "-auto-approve"); !result.OutOfTime() {
			break
		}
	}
	wantText(t, result, "Preflight Check Of 121.40.10.11 Skipped")
	// Terraform plans again as it applies.
	if asked, released := len(server.CallsOf("DescribeInstances")), server.Releases(); asked < 2 || released != 1 || result.ExitCode != 0 {
		t.Errorf("%d questions and %d effective releases, and it ended with %d:\n%s", asked, released, result.ExitCode, result.Output)
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

// TestAcc_preflight_of_an_update checks that the plan of another release asks once.
func TestAcc_preflight_of_an_update(t *testing.T) {
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

// TestAcc_preflight_at_scale plans 200 releases at parallelism 50 over an endpoint
// that takes 40 requests a second.
func TestAcc_preflight_at_scale(t *testing.T) {
	server, config := manyAddresses(t, 200)
	server.SetRateLimit(40, 5)
	cli := acctest.NewCLI(t, strings.Replace(config, "public_ip_address", "preflight = true\n  public_ip_address", 1))
	result := cli.Run(t, "plan", "-parallelism=50")
	wantText(t, result, "Plan: 200 to add")
	wantNoText(t, result, "Skipped")
	looked := map[string]bool{}
	calls := server.CallsOf("DescribeInstances")
	for _, call := range calls {
		if call.Code == "" {
			looked[call.Params.Get("InstanceIds")] = true
		}
	}
	t.Logf("%d requests for %d instances", len(calls), len(looked))
	if len(looked) != 200 {
		t.Errorf("%d of 200 instances were looked at", len(looked))
	}
}

// TestAcc_preflight_bounded plans over an endpoint that stays silent, which the
// limit of the release ends long before the client's own timeouts.
func TestAcc_preflight_bounded(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	server.Inject(ecsmock.Fault{Kind: ecsmock.NoAnswer, Action: "DescribeInstances", Always: true})
	cli := acctest.NewCLI(t, "")
	var result acctest.Result
	for limit := range acctest.Limits {
		cli.Write(t, release(server, "public_ip_address = \"121.40.10.11\"\npreflight = true\n"+within(limit)))
		if result = cli.Run(t, "plan"); len(server.Calls()) > 0 {
			break
		}
	}
	wantText(t, result, "Preflight Check Of 121.40.10.11 Skipped", "Plan: 1 to add")
	wantCalls(t, server, 1, 0)()
}

// TestAcc_preflight_findings checks that no finding hides another one.
func TestAcc_preflight_findings(t *testing.T) {
	t.Parallel()
	server, config := manyAddresses(t, 3)
	for n := range 3 {
		instance, _ := server.Instance(fmt.Sprintf("i-bp1many%d", n))
		server.RemoveInstance(instance.ID)
		instance.Status = ecsmock.Starting
		server.AddInstance(instance)
	}
	config = strings.Replace(config, "public_ip_address", "preflight = true\n  public_ip_address", 1) + `
resource "alicloud_ecs_public_ip_release" "gone" {
  count             = 2
  public_ip_address = "121.40.10.${count.index + 98}"
  ignore_not_found  = true
  preflight         = true
}`
	result := acctest.NewCLI(t, config).Run(t, "plan")
	for n := range 3 {
		wantText(t, result, "Release Of "+manyAddress(n)+" May Be Refused (Instance Not Ready)")
	}
	wantText(t, result, "Nothing Will Be Released For 121.40.10.98", "Nothing Will Be Released For 121.40.10.99")
}

// TestAcc_preflight_interrupted presses Ctrl-C while ECS does not answer a
// preflight: the command ends all the same, and nothing is released.
func TestAcc_preflight_interrupted(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		pass int // how many questions are answered before
	}{
		// Terraform tells the provider of an interrupt of these, and not of the plan
		// that an apply makes first.
		"plan":  {[]string{"plan"}, 0},
		"apply": {[]string{"apply", "-auto-approve"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := acctest.StartECS(t, acctest.Seed())
			for range tc.pass {
				server.Inject(ecsmock.Fault{Kind: ecsmock.Pass, Action: "DescribeInstances"})
			}
			gate := ecsmock.NewGate()
			server.Inject(ecsmock.Fault{Kind: ecsmock.Pass, Action: "DescribeInstances", Gate: gate})
			t.Cleanup(gate.Open)
			cli := acctest.NewCLI(t, release(server, "public_ip_address = \"121.40.10.11\"\npreflight = true"))
			command := cli.Start(t, tc.args...)
			arrive(t, gate)
			command.Signal(t, os.Interrupt)
			result := command.Wait(t) // the gate is still closed
			if result.ExitCode != 1 {
				t.Errorf("it ended with %d:\n%s", result.ExitCode, result.Output)
			}
			wantText(t, result, "Preflight Check Interrupted")
			wantCalls(t, server, tc.pass+1, 0)()
		})
	}
}
