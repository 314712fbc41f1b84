package publicip_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// TestAcc_preflight_refuses checks that the plan of a release, or of its dry run,
// fails where the release would. TestPreflight has all that is found.
func TestAcc_preflight_refuses(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	cli := acctest.NewCLI(t, release(server, "public_ip_address = \"121.40.10.11\"\npreflight = true\ndry_run = true\ninstance_id = \"i-gone\""))
	plan := cli.Run(t, "plan")
	if got := errorOf(plan, "test"); !strings.Contains(got, "Release Would Be Refused") || !strings.Contains(got, ": instance_id = ") ||
		!strings.Contains(got, "There is no instance i-gone") {
		t.Errorf("the error is %q", got)
	}
	wantCalls(t, server, 2, 0)()
}

// TestAcc_preflight_unanswered checks that a release is made although its check
// got no answer for as long as the release may take, which is long before the
// client's own timeouts.
func TestAcc_preflight_unanswered(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	server.Inject(ecsmock.Fault{Kind: ecsmock.NoAnswer, Action: "DescribeInstances", Always: true})
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

// TestAcc_preflight_at_scale plans 200 releases at parallelism 50 over an endpoint
// that takes 40 requests a second.
func TestAcc_preflight_at_scale(t *testing.T) {
	server, config := manyAddresses(t, 200)
	server.SetRateLimit(40, 5)
	cli := acctest.NewCLI(t, strings.Replace(config, "public_ip_address", "preflight = true\n  public_ip_address", 1))
	result := cli.Run(t, "plan", "-parallelism=50")
	wantText(t, result, "Plan: 200 to add")
	wantDeprecation(t, result)
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
