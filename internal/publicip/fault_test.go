package publicip

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// startRelease returns a releaser that calls a mock endpoint over real sockets,
// with short waits.
func startRelease(t *testing.T) (*ecsmock.Server, *releaser, Request) {
	t.Helper()
	req := Request{PublicIPAddress: "121.40.10.11", InstanceID: "i-bp1mock", RegionID: "cn-hangzhou"}
	server, err := ecsmock.New(ecsmock.Seed{
		Keys: []ecsmock.Key{{ID: "mock-id", Secret: "mock-secret"}},
		Instances: []ecsmock.Instance{{
			ID: req.InstanceID, Region: req.RegionID, Network: ecsmock.VPC, CreatedHoursAgo: 1,
			PublicIPs: []string{req.PublicIPAddress},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client := rpc.New(rpc.Config{ConnectTimeout: 100 * time.Millisecond, ReadTimeout: 100 * time.Millisecond})
	r := newReleaser(ecsapi.New(client, ecsapi.Config{
		Endpoint: server.Addr(),
		Protocol: "http",
		Keys: func(context.Context) (rpc.Keys, error) {
			return rpc.Keys{AccessKeyID: "mock-id", AccessKeySecret: "mock-secret"}, nil
		},
	}))
	r.newBackOff = func() backoff.BackOff { return backoff.NewConstantBackOff(time.Millisecond) }
	return server, r, req
}

// TestRelease_fault_stays checks, for every fault that stays, before the effect
// and after it, that the error says what may have happened and is bounded.
func TestRelease_fault_stays(t *testing.T) {
	t.Parallel()
	for _, kind := range ecsmock.Kinds() {
		var certain bool // that nothing was done
		switch kind {
		case ecsmock.ServiceUnavailable, ecsmock.ThrottlingUser, ecsmock.ThrottlingAPI:
			certain = true
		}
		for _, after := range []bool{false, true} {
			if certain && after {
				continue
			}
			name := string(kind)
			if after {
				name += "-after-the-effect"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				server, r, req := startRelease(t)
				server.Inject(ecsmock.Fault{Kind: kind, After: after, Always: true})
				ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				defer cancel()

				result, failure := r.release(ctx, req, func(string) {})

				if failure == nil {
					t.Fatalf("got %+v, want an error", result)
				}
				if !errors.Is(failure.Stopped, context.DeadlineExceeded) {
					t.Errorf("stopped by %v, want the deadline", failure.Stopped)
				}
				if (failure.Lost == nil) != certain {
					t.Errorf("lost is %v", failure.Lost)
				}
				if failure.Elapsed > 10*time.Second {
					t.Errorf("it took %s", failure.Elapsed)
				}
				if released := server.Releases(); released > 1 || released == 1 && failure.Lost == nil {
					t.Errorf("%d effective releases, and the error says %v", released, failure)
				}
			})
		}
	}
}

// TestRelease_fault_passes checks that each fault is survived, and that the
// result says how the release is known.
func TestRelease_fault_passes(t *testing.T) {
	t.Parallel()
	for _, kind := range ecsmock.Kinds() {
		for _, after := range []bool{false, true} {
			name := string(kind)
			if after {
				name += "-after-the-effect"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				switch kind {
				case ecsmock.ServiceUnavailable, ecsmock.ThrottlingUser, ecsmock.ThrottlingAPI:
					if after {
						return // the API says that nothing was done, and is believed
					}
				}
				server, r, req := startRelease(t)
				server.Inject(ecsmock.Fault{Kind: kind, After: after})

				result, failure := r.release(t.Context(), req, func(string) {})

				if failure != nil {
					t.Fatal(failure)
				}
				want := Released
				if after {
					want = PresumedReleased
				}
				if result.Outcome != want || (result.Lost != nil) != after {
					t.Errorf("got %+v", result)
				}
				if calls, releases := len(server.Calls()), server.Releases(); calls != 2 || releases != 1 {
					t.Errorf("%d calls and %d effective releases, want 2 and 1", calls, releases)
				}
			})
		}
	}
}
