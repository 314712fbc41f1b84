package publicip

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

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
		i := ecsapi.Instance{
			ID: testRequest.InstanceID, Status: "Running", VPC: true, Created: now.Add(-time.Hour),
			PublicIPAddresses: []string{testRequest.PublicIPAddress},
		}
		if change != nil {
			change(&i)
		}
		return []ecsapi.Instance{i}
	}
	aged := func(age time.Duration) []ecsapi.Instance {
		return instance(func(i *ecsapi.Instance) { i.Created = now.Add(-age) })
	}
	ofAnother := instance(func(i *ecsapi.Instance) { i.ID = "i-other" })
	bare := instance(func(i *ecsapi.Instance) { i.PublicIPAddresses = nil })
	locked := func(reason string) []ecsapi.Instance {
		return instance(func(i *ecsapi.Instance) { i.LockReasons = []string{reason} })
	}
	for name, tc := range map[string]struct {
		instances []ecsapi.Instance
		err       error
		change    func(*Request)
		want      string // severity, attribute and a part of the detail; empty: nothing
		calls     int
	}{
		"fine":            {instances: instance(nil), calls: 1},
		"fine-by-address": {instances: instance(nil), change: unnamed, calls: 1},
		"stopped":         {instances: instance(func(i *ecsapi.Instance) { i.Status = "Stopped" }), calls: 1},
		"classic-and-old": {instances: instance(func(i *ecsapi.Instance) { i.VPC, i.Created = false, now.AddDate(-5, 0, 0) }), calls: 1},
		"classic-unknown": {instances: instance(func(i *ecsapi.Instance) { i.VPC, i.Created = false, time.Time{} }), calls: 1},
		"creation-unknown": {
			instances: instance(func(i *ecsapi.Instance) { i.Created = time.Time{} }),
			want:      "Warning public_ip_address gave no creation time that this provider can read", calls: 1,
		},
		"no-such-instance":  {instances: ofAnother, want: "Error instance_id There is no instance i-bp67acfmxazb4p0001", calls: 2},
		"ignore-is-no-help": {instances: ofAnother, change: ignoring, want: "Error instance_id There is no instance", calls: 2},
		"of-another": {
			instances: instance(func(i *ecsapi.Instance) { i.PublicIPAddresses = []string{"121.40.1.1"} }),
			want:      "Error public_ip_address It has 121.40.1.1. Another instance may have the address", calls: 1,
		},
		"of-none": {instances: bare, want: "Error public_ip_address It has none.", calls: 1},
		"of-another-elastic": {instances: instance(func(i *ecsapi.Instance) {
			i.PublicIPAddresses, i.EIP = []string{"121.40.1.1"}, ecsapi.EIP{AllocationID: "eip-1", Address: "121.40.1.2"}
		}), want: "Error public_ip_address It has 121.40.1.1, 121.40.1.2 (EIP eip-1).", calls: 1},
		"of-another-ignored": {instances: bare, change: ignoring, want: "Warning public_ip_address counts as released already", calls: 1},
		"elastic": {instances: instance(func(i *ecsapi.Instance) {
			i.PublicIPAddresses, i.EIP = nil, ecsapi.EIP{AllocationID: "eip-1", Address: testRequest.PublicIPAddress}
		}), want: "Error public_ip_address (eip-1)", calls: 1},
		"elastic-by-address": {instances: instance(func(i *ecsapi.Instance) {
			i.PublicIPAddresses, i.EIP = nil, ecsapi.EIP{AllocationID: "eip-1", Address: testRequest.PublicIPAddress}
		}), change: unnamed, want: "Error public_ip_address (eip-1)", calls: 2},
		"on-no-instance":       {instances: bare, change: unnamed, want: "Error public_ip_address No instance in region", calls: 3},
		"on-two-instances":     {instances: append(instance(nil), ofAnother...), change: unnamed, want: "Error instance_id Set instance_id", calls: 1},
		"nearly-too-old":       {instances: aged(5*time.Hour + 31*time.Minute), want: "Warning public_ip_address may be past", calls: 1},
		"too-old-by-one-clock": {instances: aged(6*time.Hour + 14*time.Minute), want: "Warning public_ip_address may be past", calls: 1},
		"too-old":              {instances: aged(6*time.Hour + 16*time.Minute), want: "Error public_ip_address first 6 hours", calls: 1},
		"young-enough":         {instances: aged(5*time.Hour + 29*time.Minute), calls: 1},
		"starting": {
			instances: instance(func(i *ecsapi.Instance) { i.Status = "Starting" }), want: `Warning instance_id is in status "Starting"`, calls: 1,
		},
		"locked":           {instances: locked("security"), want: `Error instance_id is locked, with the reason "security"`, calls: 1},
		"locked-otherwise": {instances: locked("financial"), want: `Warning instance_id with the reason "financial"`, calls: 1},
		"blind":            {want: "Warning preflight lacks the permission ecs:DescribeInstances", calls: 2},
		"wrong-region":     {want: "Warning preflight There may be none there: check region_id.", calls: 2},
		"denied":           {err: forbidden, want: `Warning preflight "Action": "ecs:DescribeInstances"`, calls: 1},
		"no-answer":        {err: lost, want: "Warning preflight EOF", calls: 1},
		"untyped":          {err: errors.New("what?"), want: "Warning preflight what?", calls: 1},
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

// TestPreflight_folds checks that no two warnings of a release, or of two, have
// one summary: Terraform would show only one of them.
func TestPreflight_folds(t *testing.T) {
	other, third := testRequest, testRequest
	other.PublicIPAddress, third.PublicIPAddress, third.IgnoreNotFound = "121.40.10.21", "121.40.10.22", true
	fourth := third
	fourth.PublicIPAddress = "121.40.10.23"
	api := &describedAPI{instances: []ecsapi.Instance{{
		ID: testRequest.InstanceID, Status: "Starting", VPC: true, LockReasons: []string{"financial"},
		PublicIPAddresses: []string{testRequest.PublicIPAddress, other.PublicIPAddress},
	}}}
	seen := map[string]bool{}
	for _, req := range []Request{testRequest, other, third, fourth} {
		for _, d := range preflight(t.Context(), api, req, time.Now()) {
			if seen[d.Summary()] {
				t.Errorf("%q is said twice", d.Summary())
			}
			seen[d.Summary()] = true
		}
	}
	for _, req := range []Request{testRequest, other} {
		seen[skipped(req, "").Summary()] = true
	}
	if len(seen) != 3+3+1+1+2 {
		t.Errorf("got %d summaries: %v", len(seen), seen)
	}
}

func TestAddresses(t *testing.T) {
	all := make([]string, 5000)
	for n := range all {
		all[n] = fmt.Sprintf("121.%d.%d.1", n/250, n%250)
	}
	got := addresses(ecsapi.Instance{PublicIPAddresses: all, EIP: ecsapi.EIP{Address: "121.40.1.2", AllocationID: "eip-1"}})
	if len(got) > 300 || !strings.Contains(got, "121.0.9.1, 4990 more, 121.40.1.2 (EIP eip-1)") {
		t.Errorf("got %s", got)
	}
}

// questionedAPI answers one error after the other, nil for an answer, the last
// for ever.
type questionedAPI struct {
	script []error
	calls  int
}

func (a *questionedAPI) DescribeInstances(context.Context, ecsapi.DescribeInput) ([]ecsapi.Instance, error) {
	a.calls++
	return nil, a.script[min(a.calls, len(a.script))-1]
}

func TestPatient(t *testing.T) {
	late := &ecsapi.Error{Kind: ecsapi.NoAnswer, Err: context.DeadlineExceeded}
	for name, tc := range map[string]struct {
		script []error
		calls  int // 0: as many as time allows
		want   error
	}{
		"answered":            {[]error{nil}, 1, nil},
		"throttled":           {[]error{throttling, throttling, nil}, 3, nil},
		"unavailable":         {[]error{answered(503, ecsapi.CodeServiceUnavailable), nil}, 2, nil},
		"lost":                {[]error{lost, unreachable, nil}, 3, nil},
		"denied":              {[]error{forbidden}, 1, forbidden},
		"not-trusted":         {[]error{obstructed(ecsapi.Untrusted)}, 1, nil},
		"lost-for-ever":       {[]error{lost}, 0, lost},
		"throttled-for-ever":  {[]error{throttling}, 0, throttling},
		"abandoned":           {[]error{late}, 0, late},
		"refused-connections": {[]error{unreachable}, 0, unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), preflightLimit)
				defer cancel()
				api, begun := &questionedAPI{script: tc.script}, time.Now()
				_, err := patient{api, newReleaser(nil)}.DescribeInstances(ctx, ecsapi.DescribeInput{})
				if took := time.Since(begun); tc.calls != 0 && api.calls != tc.calls || took > preflightLimit {
					t.Errorf("%d calls in %s, want %d", api.calls, took, tc.calls)
				}
				if name != "not-trusted" && !errors.Is(err, tc.want) {
					t.Errorf("got %v, want %v", err, tc.want)
				}
			})
		})
	}
}

// TestPatient_cancelled checks that a question ends at once, whatever it waits for.
func TestPatient_cancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		api := &questionedAPI{script: []error{unreachable}}
		var cancelled time.Time
		time.AfterFunc(10*time.Second, func() { cancelled = time.Now(); cancel() })
		_, err := patient{api, newReleaser(nil)}.DescribeInstances(ctx, ecsapi.DescribeInput{})
		if err == nil || time.Since(cancelled) != 0 || api.calls < 2 {
			t.Errorf("got %v after %d calls, %s after the end", err, api.calls, time.Since(cancelled))
		}
	})
}

// DescribeInstances implements describer.
func (a *limitedAPI) DescribeInstances(ctx context.Context, _ ecsapi.DescribeInput) ([]ecsapi.Instance, error) {
	_, err := a.ReleasePublicIPAddress(ctx, ecsapi.ReleaseInput{})
	return nil, err
}

// TestPatient_paced asks 200 questions at parallelism 50 where ECS takes 40 a
// second: each is answered, and what one learns of throttling holds for all.
func TestPatient_paced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &limitedAPI{limiter: rate.NewLimiter(40, 5), latency: 20 * time.Millisecond}
		account := newReleaser(nil)
		atOnce(t, 200, 50, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, preflightLimit)
			defer cancel()
			_, err := patient{api, account}.DescribeInstances(ctx, ecsapi.DescribeInput{})
			return err
		})
		if t.Logf("%d requests", api.requests); api.requests > 300 {
			t.Errorf("%d requests for 200 questions, want at most 300", api.requests)
		}
	})
}
