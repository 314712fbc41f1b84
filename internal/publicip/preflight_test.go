package publicip

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// describedAPI selects from its instances as DescribeInstances does.
type describedAPI struct {
	instances []ecsapi.Instance
	err       error
	calls     int
}

func (a *describedAPI) DescribeInstances(_ context.Context, in ecsapi.DescribeInput) ([]ecsapi.Instance, error) {
	a.calls++
	var selected []ecsapi.Instance
	for _, instance := range a.instances {
		matches := in.InstanceID == "" || in.InstanceID == instance.ID
		if in.PublicIPAddress != "" {
			matches = matches && strings.Contains(strings.Join(instance.PublicIPAddresses, " ")+" ", in.PublicIPAddress+" ")
		}
		if in.EIPAddress != "" {
			matches = matches && in.EIPAddress == instance.EIP.Address
		}
		if matches {
			selected = append(selected, instance)
		}
	}
	return selected, a.err
}

func TestPreflight(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	instance := func(change func(*ecsapi.Instance)) []ecsapi.Instance {
		i := ecsapi.Instance{ID: testRequest.InstanceID, Status: "Running", VPC: true, Created: now.Add(-time.Hour), PublicIPAddresses: []string{testRequest.PublicIPAddress}}
		if change != nil {
			change(&i)
		}
		return []ecsapi.Instance{i}
	}
	aged := func(age time.Duration) []ecsapi.Instance {
		return instance(func(i *ecsapi.Instance) { i.Created = now.Add(-age) })
	}
	unnamed := func(req *Request) { req.InstanceID = "" }
	for name, tc := range map[string]struct {
		instances []ecsapi.Instance
		err       error
		change    func(*Request)
		want      string // severity, attribute and a part of the detail; empty: nothing
		calls     int
	}{
		"fine":              {instances: instance(nil), calls: 1},
		"fine-by-address":   {instances: instance(nil), change: unnamed, calls: 1},
		"stopped":           {instances: instance(func(i *ecsapi.Instance) { i.Status = "Stopped" }), calls: 1},
		"classic-and-old":   {instances: instance(func(i *ecsapi.Instance) { i.VPC, i.Created = false, now.AddDate(-5, 0, 0) }), calls: 1},
		"creation-unknown":  {instances: instance(func(i *ecsapi.Instance) { i.Created = time.Time{} }), calls: 1},
		"no-such-instance":  {instances: instance(func(i *ecsapi.Instance) { i.ID = "i-other" }), want: "Error instance_id There is no instance i-bp67acfmxazb4p0001", calls: 2},
		"ignore-is-no-help": {instances: instance(func(i *ecsapi.Instance) { i.ID = "i-other" }), change: ignoring, want: "Error instance_id There is no instance", calls: 2},
		"of-another":        {instances: instance(func(i *ecsapi.Instance) { i.PublicIPAddresses = []string{"121.40.1.1"} }), want: "Error public_ip_address It has 121.40.1.1. Another instance may have the address", calls: 1},
		"of-none":           {instances: instance(func(i *ecsapi.Instance) { i.PublicIPAddresses = nil }), want: "Error public_ip_address It has none.", calls: 1},
		"of-another-elastic": {instances: instance(func(i *ecsapi.Instance) {
			i.PublicIPAddresses, i.EIP = []string{"121.40.1.1"}, ecsapi.EIP{AllocationID: "eip-1", Address: "121.40.1.2"}
		}), want: "Error public_ip_address It has 121.40.1.1, 121.40.1.2 (EIP eip-1).", calls: 1},
		"of-another-ignored": {instances: instance(func(i *ecsapi.Instance) { i.PublicIPAddresses = nil }), change: ignoring, want: "Warning public_ip_address counts as released already", calls: 1},
		"elastic": {instances: instance(func(i *ecsapi.Instance) {
			i.PublicIPAddresses, i.EIP = nil, ecsapi.EIP{AllocationID: "eip-1", Address: testRequest.PublicIPAddress}
		}), want: "Error public_ip_address (eip-1)", calls: 1},
		"elastic-by-address": {instances: instance(func(i *ecsapi.Instance) {
			i.PublicIPAddresses, i.EIP = nil, ecsapi.EIP{AllocationID: "eip-1", Address: testRequest.PublicIPAddress}
		}), change: unnamed, want: "Error public_ip_address (eip-1)", calls: 2},
		"on-no-instance":       {instances: instance(func(i *ecsapi.Instance) { i.PublicIPAddresses = nil }), change: unnamed, want: "Error public_ip_address No instance in region", calls: 3},
		"on-two-instances":     {instances: append(instance(nil), instance(func(i *ecsapi.Instance) { i.ID = "i-other" })...), change: unnamed, want: "Error instance_id Set instance_id", calls: 1},
		"nearly-too-old":       {instances: aged(5*time.Hour + 31*time.Minute), want: "Warning public_ip_address may be past", calls: 1},
		"too-old-by-one-clock": {instances: aged(6*time.Hour + 14*time.Minute), want: "Warning public_ip_address may be past", calls: 1},
		"too-old":              {instances: aged(6*time.Hour + 16*time.Minute), want: "Error public_ip_address first 6 hours", calls: 1},
		"young-enough":         {instances: aged(5*time.Hour + 29*time.Minute), calls: 1},
		"starting":             {instances: instance(func(i *ecsapi.Instance) { i.Status = "Starting" }), want: `Warning instance_id is in status "Starting"`, calls: 1},
		"locked":               {instances: instance(func(i *ecsapi.Instance) { i.LockReasons = []string{"security"} }), want: `Error instance_id is locked, with the reason "security"`, calls: 1},
		"locked-otherwise":     {instances: instance(func(i *ecsapi.Instance) { i.LockReasons = []string{"financial"} }), want: `Warning instance_id with the reason "financial"`, calls: 1},
		"blind":                {want: "Warning preflight lacks the permission ecs:DescribeInstances", calls: 2},
		"denied":               {err: forbidden, want: `Warning preflight "Action": "ecs:DescribeInstances"`, calls: 1},
		"no-answer":            {err: lost, want: "Warning preflight EOF", calls: 1},
		"untyped":              {err: errors.New("what?"), want: "Warning preflight what?", calls: 1},
	} {
		t.Run(name, func(t *testing.T) {
			req := testRequest
			if tc.change != nil {
				tc.change(&req)
			}
			api := &describedAPI{instances: tc.instances, err: tc.err}
			got := preflight(t.Context(), api, req, now)
			if api.calls != tc.calls {
				t.Errorf("%d calls, want %d", api.calls, tc.calls)
			}
			if tc.want == "" {
				if len(got) != 0 {
					t.Errorf("got %v, want nothing", got)
				}
				return
			}
			if len(got) != 1 {
				t.Fatalf("got %d diagnostics, want 1: %v", len(got), got)
			}
			head := got[0].Severity().String() + " " + pathOf(got[0]).String() + " "
			rest, ok := strings.CutPrefix(tc.want, head)
			if !ok || !strings.Contains(got[0].Detail(), rest) {
				t.Errorf("got %s%s\nwant %s", head, got[0].Detail(), tc.want)
			}
		})
	}
}
