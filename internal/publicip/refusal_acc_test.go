package publicip_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// TestAcc_refused reaches every code of the API's page in one apply. Each
// refusal is asked once, and leaves nothing in state.
func TestAcc_refused(t *testing.T) {
	t.Parallel()
	instance := func(id, address string, change func(*ecsmock.Instance)) ecsmock.Instance {
		i := ecsmock.Instance{ID: id, Region: acctest.Region, Network: ecsmock.VPC, CreatedHoursAgo: 1, PublicIPs: []string{address}}
		if change != nil {
			change(&i)
		}
		return i
	}
	seed := ecsmock.Seed{
		Keys: []ecsmock.Key{
			{ID: acctest.AccessKey, Secret: acctest.SecretKey},
			{ID: "denied", Secret: "denied", DeniedActions: []string{"ecs:ReleasePublicIpAddress"}},
		},
		Instances: []ecsmock.Instance{
			instance("i-elastic", "121.40.20.100", func(i *ecsmock.Instance) {
				i.EIP = &ecsmock.EIP{AllocationID: "eip-1", Address: "121.40.20.1"}
			}),
			instance("i-locked", "121.40.20.3", func(i *ecsmock.Instance) { i.Locks = []string{"security"} }),
			instance("i-twin1", "121.40.20.4", nil),
			instance("i-twin2", "121.40.20.4", nil),
			instance("i-used", "121.40.20.5", func(i *ecsmock.Instance) { i.ReleasesLeft = new(int) }),
			instance("i-old", "121.40.20.6", func(i *ecsmock.Instance) { i.CreatedHoursAgo = 7 }),
			instance("i-stopping", "121.40.20.8", func(i *ecsmock.Instance) { i.Status = ecsmock.Stopping }),
			instance("i-fine", "121.40.20.11", nil),
		},
		Faults: []ecsmock.Fault{
			{Kind: ecsmock.Respond, PublicIP: "121.40.20.9", Status: 400,
				Body: `{"RequestId":"R-1","Code":"DryRunOperation","Message":"This is a dryrun request with successful result."}`},
			{Kind: ecsmock.Respond, PublicIP: "121.40.20.10", Status: 403, Body: `{"RequestId":"R-1","Code":"Something.New","Message":"News."}`},
		},
	}
	cases := map[string]struct {
		lines string // arguments, the address first
		code  string
		on    string // the argument that the error points at; empty: none
		says  string
	}{
		"elastic": {`public_ip_address = "121.40.20.1"`, "OperationDenied", "public_ip_address", "internet_max_bandwidth_out = 0"},
		"missing": {`public_ip_address = "121.40.20.2"`, "InvalidIpAddress.NotFound", "public_ip_address", "ignore_not_found = true"},
		"locked":  {`public_ip_address = "121.40.20.3"`, "InstanceLockedForSecurity", "public_ip_address", "have the lock lifted"},
		"twins":   {`public_ip_address = "121.40.20.4"`, "InvalidIpAddress.NeedInstanceId", "", "Set instance_id"},
		"used":    {"public_ip_address = \"121.40.20.5\"\ninstance_id = \"i-used\"", "OperationTimesOverLimit", "instance_id", "as often as ECS allows"},
		"old":     {`public_ip_address = "121.40.20.6"`, "Forbidden.ExceedDuration", "public_ip_address", "first 6 hours"},
		"gone": {
			"public_ip_address = \"121.40.20.7\"\ninstance_id = \"i-gone\"", "InvalidInstanceId.NotFound", "instance_id", "no such instance in this region",
		},
		"stopping":  {`public_ip_address = "121.40.20.8"`, "IncorrectInstanceStatus", "public_ip_address", "Running or Stopped"},
		"rehearsal": {`public_ip_address = "121.40.20.9"`, "DryRunOperation", "", "took the request for a dry run, though it was not one, and released nothing."},
		"new":       {`public_ip_address = "121.40.20.10"`, "Something.New", "public_ip_address", "naming the request ID"},
		"denied":    {"public_ip_address = \"121.40.20.11\"\nprovider = alicloud.denied", "Forbidden.RAM", "", `"Action": "ecs:ReleasePublicIpAddress"`},
	}
	cli := acctest.NewCLI(t, "")
	var (
		server *ecsmock.Server
		result acctest.Result
	)
	for limit := range acctest.Limits {
		server = acctest.StartECS(t, seed)
		config := acctest.ProviderBlock(server, "") + fmt.Sprintf(`
provider "alicloud" {
  alias      = "denied"
  region     = %q
  access_key = "denied"
  secret_key = "denied"
  endpoints {
    ecs = %q
  }
}
`, acctest.Region, server.URL())
		for name, tc := range cases {
			if tc.code == "IncorrectInstanceStatus" { // which is waited out
				tc.lines += "\n" + within(limit)
			}
			config += fmt.Sprintf("resource \"alicloud_ecs_public_ip_release\" %q {\n%s\n}\n", name, tc.lines)
		}
		cli.Write(t, config)
		if result = cli.Run(t, "apply", "-auto-approve"); !result.OutOfTime() {
			break
		}
	}
	for name, tc := range cases {
		got := errorOf(result, name)
		for _, part := range []string{"Public IP Address Not Released", "Code: " + tc.code + " Message: ", "Request ID: ", "121.40.20.", tc.says} {
			if !strings.Contains(got, part) {
				t.Errorf("%s: the error lacks %q: %s", name, part, got)
			}
		}
		if tc.on != "" && !strings.Contains(got, ": "+tc.on+" = ") {
			t.Errorf("%s: the error does not point at %s: %s", name, tc.on, got)
		}
	}
	calls := map[string]int{}
	for _, call := range server.Calls() {
		calls[call.Params.Get("PublicIpAddress")]++
	}
	for address, n := range calls {
		if n != 1 && address != "121.40.20.8" {
			t.Errorf("%s was asked for %d times, want once", address, n)
		}
	}
	if got := server.Releases(); got != 0 || len(calls) != len(cases) {
		t.Errorf("%d effective releases and calls for %d addresses, want none and %d", got, len(calls), len(cases))
	}
	if state := cli.Run(t, "state", "list").Output; strings.Contains(state, "alicloud") {
		t.Errorf("a refused release is in state:\n%s", state)
	}
}
