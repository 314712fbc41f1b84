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

// scenario is a release by way of real sockets. Its attempts follow one another
// with short waits.
type scenario struct {
	*ecsmock.Server
	releaser *releaser
	req      Request
}

// startRelease starts a mock endpoint whose calls meet a fault. A client calls it
// that awaits every answer; if the fault is silence, the first attempts are made by
// one that does not, so many as hasty. After each attempt, attempted is called with
// its number.
func startRelease(t *testing.T, fault ecsmock.Fault, hasty int, attempted func(n int)) scenario {
	t.Helper()
	req := Request{PublicIPAddress: "121.40.10.11", InstanceID: "i-bp1mock", RegionID: "cn-hangzhou"}
	server, err := ecsmock.New(ecsmock.Seed{
		Keys: []ecsmock.Key{{ID: "mock-id", Secret: "mock-secret"}},
		Instances: []ecsmock.Instance{{
			ID: req.InstanceID, Region: req.RegionID, Network: ecsmock.VPC, CreatedHoursAgo: 1,
			PublicIPs: []string{req.PublicIPAddress},
		}},
		Faults: []ecsmock.Fault{fault},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client := func(connect, read time.Duration) api {
		return ecsapi.New(rpc.New(rpc.Config{ConnectTimeout: connect, ReadTimeout: read}), ecsapi.Config{
			Endpoint: server.Addr(),
			Protocol: "http",
			Keys: func(context.Context) (rpc.Keys, error) {
				return rpc.Keys{AccessKeyID: "mock-id", AccessKeySecret: "mock-secret"}, nil
			},
		})
	}
	clients := &attempts{ecs: client(time.Minute, time.Minute), attempted: attempted}
	switch fault.Kind {
	case ecsmock.NoAnswer, ecsmock.DripBody:
		clients.hasty, clients.first = hasty, client(100*time.Millisecond, 100*time.Millisecond)
	}
	r := newReleaser(clients)
	r.newBackOff = func() backoff.BackOff { return backoff.NewConstantBackOff(time.Millisecond) }
	return scenario{server, r, req}
}

// attempts makes the first attempts by another client than the later ones.
type attempts struct {
	first, ecs api
	hasty      int // how many are the first
	made       int
	attempted  func(n int)
}

func (a *attempts) ReleasePublicIPAddress(ctx context.Context, in ecsapi.ReleaseInput) (ecsapi.ReleaseOutput, error) {
	a.made++
	defer a.attempted(a.made)
	if a.made <= a.hasty {
		return a.first.ReleasePublicIPAddress(ctx, in)
	}
	return a.ecs.ReleasePublicIPAddress(ctx, in)
}

// nothingDone reports whether a fault says that the release was not carried out,
// which is believed.
func nothingDone(kind ecsmock.Kind) bool {
	return kind == ecsmock.ServiceUnavailable || kind == ecsmock.ThrottlingUser || kind == ecsmock.ThrottlingAPI
}

// TestRelease_fault_stays checks, for every fault that stays, before the effect
// and after it, that the error says what may have happened, and that the release
// ends with its context.
func TestRelease_fault_stays(t *testing.T) {
	t.Parallel()
	for _, kind := range ecsmock.Kinds() {
		certain := nothingDone(kind)
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
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := startRelease(t, ecsmock.Fault{Kind: kind, After: after, Always: true}, 3, func(n int) {
					if n == 3 {
						cancel()
					}
				})

				result, failure := s.releaser.release(ctx, s.req, func(string) {})

				if failure == nil {
					t.Fatalf("got %+v, want an error", result)
				}
				if !errors.Is(failure.Stopped, context.Canceled) || failure.Attempts != 3 {
					t.Errorf("stopped by %v after %d attempts, want the end of the context after 3", failure.Stopped, failure.Attempts)
				}
				if (failure.Lost == nil) != certain {
					t.Errorf("lost is %v", failure.Lost)
				}
				if failure.Elapsed > time.Minute {
					t.Errorf("it took %s", failure.Elapsed)
				}
				if released := s.Releases(); released > 1 || released == 1 && failure.Lost == nil {
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
			if nothingDone(kind) && after {
				continue
			}
			name := string(kind)
			if after {
				name += "-after-the-effect"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := startRelease(t, ecsmock.Fault{Kind: kind, After: after}, 1, func(int) {})

				result, failure := s.releaser.release(t.Context(), s.req, func(string) {})

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
				if calls, releases := len(s.Calls()), s.Releases(); calls != 2 || releases != 1 {
					t.Errorf("%d calls and %d effective releases, want 2 and 1", calls, releases)
				}
			})
		}
	}
}
