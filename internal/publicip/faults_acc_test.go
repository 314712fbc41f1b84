package publicip_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// faults are the ways in which a call can go wrong, before its effect and after
// it.
func faults() []ecsmock.Fault {
	var all []ecsmock.Fault
	for _, kind := range ecsmock.Kinds() {
		all = append(all, ecsmock.Fault{Kind: kind})
		switch kind {
		case ecsmock.ServiceUnavailable, ecsmock.ThrottlingUser, ecsmock.ThrottlingAPI:
			// These say that nothing was done, so they never come after it.
		default:
			all = append(all, ecsmock.Fault{Kind: kind, After: true})
		}
	}
	return all
}

// TestAcc_faults_pass makes a release for each fault in one apply: each meets
// its own, and then an endpoint that is well.
func TestAcc_faults_pass(t *testing.T) {
	t.Parallel()
	faults := faults()
	server, config := manyAddresses(t, len(faults))
	for n := range faults {
		faults[n].PublicIP = manyAddress(n)
	}
	server.Inject(faults...)
	cli := acctest.NewCLI(t, config)
	result := cli.Run(t, "apply", "-auto-approve")
	if result.ExitCode != 0 {
		t.Fatalf("the apply failed:\n%.4000s", result.Output)
	}
	wantNoText(t, result, "panic:")
	wantText(t, result, "Release Known From A Later Answer")
	wantCalls(t, server, 2*len(faults), len(faults))()
	if outcomes := strings.Count(cli.Run(t, "show").Output, `= "released"`); outcomes != len(faults) {
		t.Errorf("%d releases in state, want %d", outcomes, len(faults))
	}

	first := map[string]ecsmock.Call{}
	for _, call := range server.Calls() {
		address := call.Params.Get("PublicIpAddress")
		before, again := first[address]
		if !again {
			first[address] = call
		} else if took := call.Time.Sub(before.Time); took > 30*time.Second {
			t.Errorf("%s: the second call came %s after the first", before.Fault, took)
		}
	}
	for _, fault := range faults {
		if met := first[fault.PublicIP]; met.Fault != fault.Kind || met.Released != fault.After {
			t.Errorf("the first call met %q (released: %v), want %q (%v)", met.Fault, met.Released, fault.Kind, fault.After)
		}
	}
}

// TestAcc_fault_stays checks that a fault that stays ends in an error that says
// what may have happened.
func TestAcc_fault_stays(t *testing.T) {
	t.Parallel()
	for kind, says := range map[ecsmock.Kind]string{
		ecsmock.NoAnswer:           "Public IP Address May Have Been Released",
		ecsmock.BadGateway:         "Public IP Address May Have Been Released",
		ecsmock.InternalError:      "Public IP Address May Have Been Released",
		ecsmock.ServiceUnavailable: "Public IP Address Not Released",
		ecsmock.ThrottlingUser:     "Public IP Address Not Released",
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			server := acctest.StartECS(t, acctest.Seed())
			server.Inject(ecsmock.Fault{Kind: kind, Always: true})
			cli := acctest.NewCLI(t, release(server, "public_ip_address = \"121.40.10.11\"\ntimeouts {\n create = \"2s\"\n}"))
			result := cli.Run(t, "apply", "-auto-approve")
			wantText(t, result, says, "121.40.10.11", "since the time was up. To allow more, raise timeouts.create")
			if state := cli.State(t, releaseName); state != nil {
				t.Errorf("the failed release is in state: %v", state)
			}
			if got := server.Releases(); got != 0 {
				t.Errorf("%d effective releases, want none", got)
			}
		})
	}
}

// TestAcc_endpoint_comes_back refuses connections until a first attempt has
// failed, which the log tells.
func TestAcc_endpoint_comes_back(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	server.Refuse()
	cli := acctest.NewCLI(t, release(server, `public_ip_address = "121.40.10.11"`), "TF_LOG_PROVIDER=WARN")
	apply := cli.Start(t, "apply", "-auto-approve")
	apply.WaitFor(t, "connection refused")
	if err := server.Accept(); err != nil {
		t.Fatal(err)
	}
	if result := apply.Wait(t); result.ExitCode != 0 {
		t.Errorf("the apply failed:\n%s", result.Output)
	}
	wantCalls(t, server, 1, 1)()
}

// TestAcc_redirect checks that a redirect is not followed, whatever waits there.
func TestAcc_redirect(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			var visits atomic.Int32
			elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				visits.Add(1)
				_, _ = w.Write([]byte(`{"RequestId":"473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E"}`))
			}))
			t.Cleanup(elsewhere.Close)
			server := acctest.StartECS(t, acctest.Seed())
			server.Inject(ecsmock.Fault{Kind: ecsmock.Redirect, Status: status, Location: elsewhere.URL, Always: true})
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories,
				Steps: []resource.TestStep{{
					Config:      release(server, "public_ip_address = \"121.40.10.11\"\ntimeouts {\n create = \"1s\"\n}"),
					ExpectError: regexp.MustCompile(fmt.Sprintf(`HTTP %d[\s\S]*redirect`, status)),
				}},
			})
			if got := visits.Load(); got != 0 {
				t.Errorf("the redirect was followed %d times", got)
			}
		})
	}
}
