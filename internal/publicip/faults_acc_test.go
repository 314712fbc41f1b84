package publicip_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
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

// TestAcc_faults_stay makes a release for each fault in one apply, and none of
// the faults passes: each ends, in time, in an error that says what may have
// happened.
func TestAcc_faults_stay(t *testing.T) {
	t.Parallel()
	faults := faults()
	server, config := manyAddresses(t, len(faults))
	done := 0
	for n := range faults {
		faults[n].PublicIP, faults[n].Always = manyAddress(n), true
		if faults[n].After {
			done++
		}
	}
	server.Inject(faults...)
	cli := acctest.NewCLI(t, strings.Replace(config, "public_ip_address", "timeouts {\n create = \"2s\"\n}\n  public_ip_address", 1))
	result := cli.Run(t, "apply", "-auto-approve", "-parallelism=50")
	wantNoText(t, result, "panic:")
	if got := server.Releases(); got != done {
		t.Errorf("%d effective releases, want %d", got, done)
	}
	if list := cli.Run(t, "state", "list"); strings.Contains(list.Output, "alicloud") {
		t.Errorf("failed releases are in state:\n%s", list.Output)
	}

	calls := map[string][]ecsmock.Call{}
	for _, call := range server.Calls() {
		address := call.Params.Get("PublicIpAddress")
		calls[address] = append(calls[address], call)
	}
	failures := strings.Split(result.Output, "\nError: ")[1:]
	for n, failure := range failures {
		failures[n] = strings.Join(strings.Fields(failure), " ")
	}
	for _, fault := range faults {
		summary := "Public IP Address May Have Been Released"
		switch fault.Kind {
		case ecsmock.ServiceUnavailable, ecsmock.ThrottlingUser, ecsmock.ThrottlingAPI:
			summary = "Public IP Address Not Released"
		}
		at := slices.IndexFunc(failures, func(failure string) bool {
			return strings.HasPrefix(failure, summary) && strings.Contains(failure, "the public IP address "+fault.PublicIP+" in region") &&
				strings.Contains(failure, "since the time was up. To allow more, raise timeouts.create")
		})
		if at < 0 {
			t.Errorf("%s (after the effect: %v): no error says %q of %s", fault.Kind, fault.After, summary, fault.PublicIP)
		}
		made := calls[fault.PublicIP]
		if took := made[len(made)-1].Time.Sub(made[0].Time); took > 3*time.Second {
			t.Errorf("%s: the last call came %s after the first, with a timeout of 2s", fault.Kind, took)
		}
	}
	if len(failures) != len(faults) || t.Failed() {
		t.Errorf("%d errors for %d faults:\n%s", len(failures), len(faults), result.Output)
	}
}

// TestAcc_endpoint_stays_away refuses every connection.
func TestAcc_endpoint_stays_away(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	server.Refuse()
	cli := acctest.NewCLI(t, release(server, "public_ip_address = \"121.40.10.11\"\ntimeouts {\n create = \"2s\"\n}"))
	result := cli.Run(t, "apply", "-auto-approve")
	wantText(t, result, "Public IP Address Not Released", "connection refused", "raise timeouts.create")
	wantNoText(t, result, "May Have Been Released")
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
