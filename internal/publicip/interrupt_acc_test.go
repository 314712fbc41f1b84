package publicip_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// interrupted is a provider, and actions that are run on the creation of a
// resource each.
func interrupted(server *ecsmock.Server, addresses ...string) string {
	config := acctest.ProviderBlock(server, "")
	for i, address := range addresses {
		web := fmt.Sprintf("web%d", i)
		config += strings.NewReplacer(`"web"`, `"`+web+`"`, ".web", "."+web).Replace(triggered("\n    public_ip_address = \"" + address + "\""))
	}
	return config
}

// TestAcc_action_interrupted presses Ctrl-C while an action runs.
func TestAcc_action_interrupted(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault    ecsmock.Fault
		until    string // Terraform has written this before Ctrl-C
		says     string
		releases int
	}{
		"while-waiting": {
			ecsmock.Fault{Kind: ecsmock.ServiceUnavailable, Always: true}, `trying again in ([2-9]|\d\d)(\.\d)?s`, // two seconds at least
			"Public IP Address Not Released", 0,
		},
		"in-flight-answer-lost": {
			ecsmock.Fault{Kind: ecsmock.CloseConnection, After: true, Gate: ecsmock.NewGate()}, "Asking ECS",
			"Public IP Address May Have Been Released", 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := acctest.StartECS(t, acctest.Seed())
			server.Inject(tc.fault)
			cli := acctest.NewCLI(t, interrupted(server, acctest.Address), "TF_LOG_PROVIDER=TRACE")
			cli.NeedTerraform(t, 1, 14)

			apply := cli.Start(t, "apply", "-auto-approve")
			apply.WaitFor(t, tc.until)
			if tc.fault.Gate != nil {
				arrive(t, tc.fault.Gate)
			}
			apply.Signal(t, os.Interrupt)
			apply.WaitFor(t, providerStops)
			if tc.fault.Gate != nil {
				tc.fault.Gate.Open()
			}
			result := apply.Wait(t)

			wantText(t, result, tc.says, "The release was interrupted; no further attempt was made")
			if result.ExitCode != 1 {
				t.Errorf("the apply ended with %d:\n%s", result.ExitCode, result.Output)
			}
			if got := server.Releases(); got != tc.releases {
				t.Errorf("%d effective releases, want %d", got, tc.releases)
			}
		})
	}
}

// TestAcc_action_interrupted_answered presses Ctrl-C after the endpoint has
// released two addresses and before its answers: both are told.
func TestAcc_action_interrupted_answered(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	gate := ecsmock.NewGate()
	server.Inject(ecsmock.Fault{Kind: ecsmock.Pass, After: true, Always: true, Gate: gate})
	cli := acctest.NewCLI(t, interrupted(server, acctest.Address, acctest.OtherAddress), "TF_LOG_PROVIDER=TRACE")
	cli.NeedTerraform(t, 1, 14)

	apply := cli.Start(t, "apply", "-auto-approve")
	for _, address := range []string{acctest.Address, acctest.OtherAddress} {
		arrive(t, gate)
		apply.WaitFor(t, "Asking ECS in cn-hangzhou to release "+address)
	}
	apply.Signal(t, os.Interrupt)
	apply.WaitFor(t, providerStops)
	gate.Open()
	result := apply.Wait(t)

	for _, call := range server.Calls() {
		wantText(t, result, "Released "+call.Params.Get("PublicIpAddress")+" (request ID "+call.RequestID+")")
	}
	if result.ExitCode != 1 {
		t.Errorf("the apply ended with %d:\n%s", result.ExitCode, result.Output)
	}
	wantCalls(t, server, 2, 2)()
}
