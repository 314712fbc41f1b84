package publicip_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// arrive waits until a call has come to the gate.
func arrive(t *testing.T, gate *ecsmock.Gate) {
	t.Helper()
	select {
	case <-gate.Arrived():
	case <-time.After(acctest.Patience):
		t.Fatalf("no call came within %s", acctest.Patience)
	}
}

func wantText(t *testing.T, result acctest.Result, texts ...string) {
	t.Helper()
	words := result.Words()
	for _, text := range texts {
		if !strings.Contains(words, text) {
			t.Errorf("the output lacks %q:\n%s", text, result.Output)
		}
	}
}

func wantNoText(t *testing.T, result acctest.Result, texts ...string) {
	t.Helper()
	words := result.Words()
	for _, text := range texts {
		if strings.Contains(words, text) {
			t.Errorf("the output has %q:\n%s", text, result.Output)
		}
	}
}

const deprecated = "Deprecated Alibaba Cloud API"

// wantDeprecation checks that Terraform shows this warning once, however many
// releases have it.
func wantDeprecation(t *testing.T, result acctest.Result) {
	t.Helper()
	if got := strings.Count(result.Output, deprecated); got != 1 {
		t.Errorf("the output has %q %d times:\n%s", deprecated, got, result.Output)
	}
}

// TestAcc_warnings_of_a_replacement checks the plans of a replacement, of which
// Terraform shows all warnings if the release is tainted, and none if it is forced.
func TestAcc_warnings_of_a_replacement(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	cli := acctest.NewCLI(t, release(server, "public_ip_address = \"121.40.10.11\"\nignore_not_found = true")+`
resource "alicloud_ecs_public_ip_release" "second" {
  public_ip_address = "121.40.10.99"
  ignore_not_found  = true
}`)
	cli.Run(t, "apply", "-auto-approve")
	cli.Run(t, "taint", "alicloud_ecs_public_ip_release.second")
	wantDeprecation(t, cli.Run(t, "plan", "-replace="+releaseName, "-parallelism=1"))
}

// TestAcc_offline checks what must work without credentials and without an
// endpoint, and that a plan of a release says what is missing.
func TestAcc_offline(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		provider string
		says     []string
	}{
		"nothing": {keyless, []string{"No Credentials", "access_key", "ALICLOUD_ACCESS_KEY", "ALIBABA_CLOUD_ACCESS_KEY_ID"}},
		"a-role-without-keys": {
			strings.Replace(keyless, "endpoints", "assume_role {\n    role_arn = \"acs:ram::1234567890123456:role/release-addresses\"\n  }\n  endpoints", 1),
			[]string{"No Credentials", "a role is to be assumed, but nothing says with which keys"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := acctest.NewCLI(t, tc.provider+`
resource "alicloud_ecs_public_ip_release" "test" {
  public_ip_address = "121.40.10.11"
}`)
			for _, args := range [][]string{
				{"validate"},
				{"import", releaseName, "cn-hangzhou::121.40.10.11"},
				{"plan", "-detailed-exitcode"},
				{"apply", "-refresh-only", "-auto-approve"},
				{"destroy", "-auto-approve"},
			} {
				if result := cli.Run(t, args...); result.ExitCode != 0 {
					t.Errorf("%v failed:\n%s", args, result.Output)
				}
			}
			plan := cli.Run(t, "plan")
			wantText(t, plan, tc.says...)
			if plan.ExitCode != 1 {
				t.Errorf("a plan of a release without credentials ended with %d", plan.ExitCode)
			}
		})
	}
}

// TestAcc_destroy_without_a_release destroys what is in state while a release is
// only in the configuration: Terraform plans that one as well, unless it does
// not refresh.
func TestAcc_destroy_without_a_release(t *testing.T) {
	t.Parallel()
	cli := acctest.NewCLI(t, "resource \"terraform_data\" \"other\" {}\n")
	if result := cli.Run(t, "apply", "-auto-approve"); result.ExitCode != 0 {
		t.Fatalf("the apply failed:\n%s", result.Output)
	}
	cli.Write(t, keyless+`
resource "terraform_data" "other" {}
resource "alicloud_ecs_public_ip_release" "test" {
  public_ip_address = ""
}`)
	wantText(t, cli.Run(t, "destroy", "-auto-approve"), "No Public IP Address To Release", "terraform destroy -refresh=false")
	result := cli.Run(t, "destroy", "-auto-approve", "-refresh=false")
	wantText(t, result, "Resources: 1 destroyed")
	if result.ExitCode != 0 {
		t.Errorf("it ended with %d:\n%s", result.ExitCode, result.Output)
	}
}

// providerStops is what the provider logs once it is stopped.
const providerStops = "Served request: .*tf_rpc=StopProvider"

// TestAcc_interrupted_in_flight presses Ctrl-C after the endpoint has released
// and before its answer.
func TestAcc_interrupted_in_flight(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	gate := ecsmock.NewGate()
	server.Inject(ecsmock.Fault{Kind: ecsmock.Pass, After: true, Gate: gate})
	cli := acctest.NewCLI(t, release(server, `public_ip_address = "121.40.10.11"`), "TF_LOG_PROVIDER=TRACE")

	apply := cli.Start(t, "apply", "-auto-approve")
	arrive(t, gate)
	apply.Signal(t, os.Interrupt)
	apply.WaitFor(t, providerStops)
	gate.Open()
	result := apply.Wait(t)

	wantText(t, result, "Interrupt received")
	if state := cli.State(t, releaseName); state["outcome"] != "released" {
		t.Errorf("the answer is not in state: %v\n%s", state, result.Output)
	}
	wantCalls(t, server, 1, 1)()
	if plan := cli.Run(t, "plan", "-detailed-exitcode"); plan.ExitCode != 0 {
		t.Errorf("the plan after it is not empty:\n%s", plan.Output)
	}
}

// TestAcc_interrupted_in_flight_busy presses Ctrl-C while an attempt is under
// way that will not settle the release.
func TestAcc_interrupted_in_flight_busy(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault    ecsmock.Fault
		says     string
		releases int
	}{
		"nothing-done": {ecsmock.Fault{Kind: ecsmock.ServiceUnavailable}, "Public IP Address Not Released", 0},
		"answer-lost":  {ecsmock.Fault{Kind: ecsmock.CloseConnection, After: true}, "Public IP Address May Have Been Released", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := acctest.StartECS(t, acctest.Seed())
			tc.fault.Gate = ecsmock.NewGate()
			server.Inject(tc.fault)
			cli := acctest.NewCLI(t, release(server, `public_ip_address = "121.40.10.11"`), "TF_LOG_PROVIDER=TRACE")

			apply := cli.Start(t, "apply", "-auto-approve")
			arrive(t, tc.fault.Gate)
			apply.Signal(t, os.Interrupt)
			apply.WaitFor(t, providerStops)
			tc.fault.Gate.Open()
			result := apply.Wait(t)

			wantText(t, result, tc.says, "The release was interrupted; no further attempt was made")
			wantCalls(t, server, 1, tc.releases)()
		})
	}
}

// TestAcc_killed kills the provider, or Terraform, after the endpoint has
// released and before the state is written.
func TestAcc_killed(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(*testing.T, *acctest.Process){
		"provider":  func(t *testing.T, p *acctest.Process) { t.Helper(); p.KillProvider(t) },
		"terraform": func(t *testing.T, p *acctest.Process) { t.Helper(); p.KillProvider(t); p.Signal(t, syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := acctest.StartECS(t, acctest.Seed())
			gate := ecsmock.NewGate()
			server.Inject(ecsmock.Fault{Kind: ecsmock.Pass, After: true, Gate: gate})
			cli := acctest.NewCLI(t, release(server, `public_ip_address = "121.40.10.11"`))

			apply := cli.Start(t, "apply", "-auto-approve", "-lock=false")
			arrive(t, gate)
			kill(t, apply)
			if result := apply.Wait(t); result.ExitCode == 0 {
				t.Errorf("the apply ended well:\n%s", result.Output)
			}
			gate.Open()

			again := cli.Run(t, "apply", "-auto-approve", "-lock=false")
			wantText(t, again, "InvalidIpAddress.NotFound", "If it has been released already", "ignore_not_found = true")
			cli.Write(t, release(server, "public_ip_address = \"121.40.10.11\"\nignore_not_found = true"))
			if result := cli.Run(t, "apply", "-auto-approve", "-lock=false"); result.ExitCode != 0 {
				t.Errorf("the apply with ignore_not_found failed:\n%s", result.Output)
			}
			if state := cli.State(t, releaseName); state["outcome"] != "already_released" {
				t.Errorf("the state does not say already_released: %v", state)
			}
			wantCalls(t, server, 3, 1)()
		})
	}
}

// TestAcc_interrupted_while_waiting presses Ctrl-C between two attempts.
func TestAcc_interrupted_while_waiting(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	server.Inject(ecsmock.Fault{Kind: ecsmock.ServiceUnavailable, Always: true})
	cli := acctest.NewCLI(t, release(server, `public_ip_address = "121.40.10.11"`), "TF_LOG_PROVIDER=WARN")

	apply := cli.Start(t, "apply", "-auto-approve")
	apply.WaitFor(t, "release not settled, trying again")
	apply.Signal(t, os.Interrupt)
	result := apply.Wait(t)

	wantText(t, result, "The release was interrupted; no further attempt was made")
	if got := server.Releases(); got != 0 {
		t.Errorf("%d effective releases, want none", got)
	}
}

// TestAcc_ignored_dry_run has an endpoint that releases in spite of DryRun: the
// record says what happened, and can be kept.
func TestAcc_ignored_dry_run(t *testing.T) {
	t.Parallel()
	seed := acctest.Seed()
	seed.IgnoreDryRun = true
	server := acctest.StartECS(t, seed)
	cli := acctest.NewCLI(t, release(server, "public_ip_address = \"121.40.10.11\"\ndry_run = true"))
	wantText(t, cli.Run(t, "apply", "-auto-approve"), "Public IP Address Released By A Dry Run",
		"ECS ignored DryRun and released the public IP address 121.40.10.11", "terraform untaint")
	if state := cli.State(t, releaseName); state["outcome"] != "released" {
		t.Errorf("the state does not say released: %v", state)
	}
	cli.Run(t, "untaint", releaseName)
	cli.Write(t, release(server, "public_ip_address = \"\"\ndry_run = true"))
	if plan := cli.Run(t, "plan", "-detailed-exitcode"); plan.ExitCode != 0 {
		t.Errorf("the plan after it is not empty:\n%s", plan.Output)
	}
	wantCalls(t, server, 1, 1)()
}

// TestAcc_warnings checks what is said while planning, and how often.
func TestAcc_warnings(t *testing.T) {
	t.Parallel()
	const forgotten = "Release Is Forgotten, Not Undone"
	server := acctest.StartECS(t, acctest.Seed())
	config := func(address string) string {
		return release(server, `public_ip_address = "`+address+`"`) + `
resource "alicloud_ecs_public_ip_release" "second" {
  count             = 3
  public_ip_address = "121.40.10.99"
  ignore_not_found  = true
}`
	}
	cli := acctest.NewCLI(t, config(acctest.Address))

	plan := cli.Run(t, "plan")
	wantNoText(t, plan, forgotten)
	wantDeprecation(t, plan)
	cli.Run(t, "apply", "-auto-approve")

	plan = cli.Run(t, "plan", "-detailed-exitcode")
	wantNoText(t, plan, deprecated, forgotten)
	if plan.ExitCode != 0 {
		t.Errorf("the second plan is not empty:\n%s", plan.Output)
	}

	cli.Write(t, config(acctest.OtherAddress))
	plan = cli.Run(t, "plan")
	wantText(t, plan, "will be updated in-place", "This Change Releases 121.40.10.12")
	wantNoText(t, plan, forgotten)
	wantDeprecation(t, plan)

	before := len(server.Calls())
	wantText(t, cli.Run(t, "plan", "-destroy"), forgotten, "calls nothing")
	if destroy := cli.Run(t, "destroy", "-auto-approve"); destroy.ExitCode != 0 {
		t.Errorf("destroy failed:\n%s", destroy.Output)
	}
	if calls := len(server.Calls()); calls != before {
		t.Errorf("destroy made %d calls, want none", calls-before)
	}
}
