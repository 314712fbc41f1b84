package publicip_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
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

// silence reports whether only a timeout ends the call that meets a fault.
func silence(fault ecsmock.Fault) bool {
	return fault.Kind == ecsmock.NoAnswer || fault.Kind == ecsmock.DripBody
}

// faulty is an endpoint and a configuration with a release for each fault: by a
// provider that does not wait long for an answer if the fault is silence. The
// lines given are arguments of the releases.
func faulty(t *testing.T, faults []ecsmock.Fault, lines string) (*ecsmock.Server, string) {
	t.Helper()
	server, _ := manyAddresses(t, len(faults))
	patient := acctest.ProviderBlock(server, "")
	hasty := strings.NewReplacer("60000", "2000", "region ", "alias = \"hasty\"\n  region ").Replace(patient)
	config := patient + hasty
	for n, fault := range faults {
		fault.PublicIP = manyAddress(n)
		server.Inject(fault)
		by := "alicloud"
		if silence(fault) {
			by = "alicloud.hasty"
		}
		config += fmt.Sprintf("resource \"alicloud_ecs_public_ip_release\" \"test%d\" {\n  provider = %s\n"+
			"  public_ip_address = %q\n  instance_id = \"i-bp1many%d\"\n%s\n}\n",
			n, by, fault.PublicIP, n, lines)
	}
	return server, config
}

// TestAcc_faults_pass makes a release for each fault in one apply: each meets
// its own, and then an endpoint that is well.
func TestAcc_faults_pass(t *testing.T) {
	t.Parallel()
	faults := faults()
	server, config := faulty(t, faults, "")
	cli := acctest.NewCLI(t, config)
	result := cli.Run(t, "apply", "-auto-approve")
	if result.ExitCode != 0 {
		t.Fatalf("the apply failed:\n%.4000s", result.Output)
	}
	wantNoText(t, result, "panic:")
	wantText(t, result, "121.41.0.2 Is Presumed Released")
	wantCalls(t, server, 2*len(faults), len(faults))()
	shown := cli.Run(t, "show").Output
	if outcomes := strings.Count(shown, `= "released"`) + strings.Count(shown, `= "presumed_released"`); outcomes != len(faults) {
		t.Errorf("%d releases in state, want %d", outcomes, len(faults))
	}

	first := map[string]ecsmock.Call{}
	for _, call := range server.Calls() {
		address := call.Params.Get("PublicIpAddress")
		before, again := first[address]
		if !again {
			first[address] = call
		} else if took := call.Time.Sub(before.Time); took > time.Minute {
			t.Errorf("%s: the second call came %s after the first", before.Fault, took)
		}
	}
	for n, fault := range faults {
		if met := first[manyAddress(n)]; met.Fault != fault.Kind || met.Released != fault.After {
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
	done := 0
	for n := range faults {
		faults[n].Always = true
		if faults[n].After {
			done++
		}
	}
	cli := acctest.NewCLI(t, "")
	var (
		server  *ecsmock.Server
		result  acctest.Result
		allowed time.Duration
	)
	for allowed = range acctest.Limits {
		var config string
		server, config = faulty(t, faults, within(allowed))
		cli.Write(t, config)
		if result = cli.Run(t, "apply", "-auto-approve", "-parallelism=50"); !result.OutOfTime() {
			break
		}
	}
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
	for n, fault := range faults {
		address, summary := manyAddress(n), "Public IP Address May Have Been Released"
		switch fault.Kind {
		case ecsmock.ServiceUnavailable, ecsmock.ThrottlingUser, ecsmock.ThrottlingAPI:
			summary = "Public IP Address Not Released"
		}
		at := slices.IndexFunc(failures, func(failure string) bool {
			return strings.HasPrefix(failure, summary) && strings.Contains(failure, "the public IP address "+address+" of instance") &&
				strings.Contains(failure, "since the time was up. To allow more, raise timeouts.create")
		})
		if at < 0 {
			t.Errorf("%s (after the effect: %v): no error says %q of %s", fault.Kind, fault.After, summary, address)
		}
		made := calls[address]
		if len(made) == 0 {
			t.Errorf("%s: no call was made within %s", fault.Kind, allowed)
		} else if took := made[len(made)-1].Time.Sub(made[0].Time); took > allowed+time.Minute {
			t.Errorf("%s: the last call came %s after the first, with a timeout of %s", fault.Kind, took, allowed)
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
	cli := acctest.NewCLI(t, "")
	var result acctest.Result
	for limit := range acctest.Limits {
		cli.Write(t, release(server, "public_ip_address = \"121.40.10.11\"\n"+within(limit)))
		if result = cli.Run(t, "apply", "-auto-approve"); !result.OutOfTime() {
			break
		}
	}
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
					Config:      release(server, `public_ip_address = "121.40.10.11"`),
					ExpectError: regexp.MustCompile(fmt.Sprintf(`HTTP %d[\s\S]*redirect`, status)),
				}},
			})
			if got := visits.Load(); got != 0 {
				t.Errorf("the redirect was followed %d times", got)
			}
		})
	}
}

// TestAcc_lost_and_given_away loses the answer to a release that was carried out,
// and gives the address to another instance.
func TestAcc_lost_and_given_away(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lines    string
		exit     int
		requests int
		says     []string
		outcome  any
	}{
		"no-instance-named": {
			exit: 1, requests: 1,
			says: []string{"Public IP Address May Have Been Released", "set instance_id to the instance that the address belonged to", "Nothing was sent again"},
		},
		"instance-named": {
			lines: "\ninstance_id = \"i-bp1mockvpc\"", requests: 2,
			says: []string{"121.40.10.11 Is Presumed Released"}, outcome: "presumed_released",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seed := acctest.Seed()
			other := seed.Instances[0]
			other.ID, other.PublicIPs = "i-bp2other", nil
			seed.Instances = append(seed.Instances, other)
			server := acctest.StartECS(t, seed)
			server.Inject(ecsmock.Fault{Kind: ecsmock.CloseConnection, After: true, GivenTo: "i-bp2other"})
			cli := acctest.NewCLI(t, release(server, `public_ip_address = "121.40.10.11"`+tc.lines))
			result := cli.Run(t, "apply", "-auto-approve")

			if result.ExitCode != tc.exit {
				t.Errorf("the apply ended with %d:\n%s", result.ExitCode, result.Output)
			}
			wantText(t, result, tc.says...)
			wantCalls(t, server, tc.requests, 1)()
			if i, _ := server.Instance("i-bp2other"); len(i.PublicIPs) != 1 {
				t.Error("the other instance has lost its address")
			}
			if state := cli.State(t, releaseName); state["outcome"] != tc.outcome || state["released_at"] != nil {
				t.Errorf("the state is %v", state)
			}
			// The way on that the error names.
			cli.Write(t, release(server, "public_ip_address = \"121.40.10.11\"\ninstance_id = \"i-bp1mockvpc\"\nignore_not_found = true"))
			if again := cli.Run(t, "apply", "-auto-approve"); again.ExitCode != 0 || server.Releases() != 1 {
				t.Errorf("%d releases, and the way on ended with %d:\n%s", server.Releases(), again.ExitCode, again.Output)
			}
		})
	}
}

// TestAcc_lost_update loses the answer of an update that names no instance: the
// earlier record stays.
func TestAcc_lost_update(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	cli := acctest.NewCLI(t, release(server, `public_ip_address = "121.40.10.11"`))
	cli.Run(t, "apply", "-auto-approve")
	before := cli.State(t, releaseName)
	server.Inject(ecsmock.Fault{Kind: ecsmock.CloseConnection, After: true})
	cli.Write(t, release(server, `public_ip_address = "121.40.10.12"`))
	result := cli.Run(t, "apply", "-auto-approve")
	wantText(t, result, "Public IP Address May Have Been Released")
	if after := cli.State(t, releaseName); result.ExitCode != 1 || !reflect.DeepEqual(before, after) {
		t.Errorf("it ended with %d, and the record went from %v to %v", result.ExitCode, before, after)
	}
	wantCalls(t, server, 2, 2)()
}

// TestAcc_five_presumed checks that no warning hides another one.
func TestAcc_five_presumed(t *testing.T) {
	t.Parallel()
	server, config := manyAddresses(t, 5)
	for n := range 5 {
		server.Inject(ecsmock.Fault{Kind: ecsmock.CloseConnection, After: true, PublicIP: manyAddress(n)})
	}
	result := acctest.NewCLI(t, config).Run(t, "apply", "-auto-approve")
	for n := range 5 {
		wantText(t, result, "Warning: "+manyAddress(n)+" Is Presumed Released")
	}
	if result.ExitCode != 0 {
		t.Errorf("it ended with %d", result.ExitCode)
	}
	wantCalls(t, server, 10, 5)()
}
