package publicip

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// limitedAPI answers after a while, and no more than so many times a second.
type limitedAPI struct {
	limiter *rate.Limiter // nil: no limit
	latency time.Duration

	mu       sync.Mutex
	requests int
}

func (a *limitedAPI) ReleasePublicIPAddress(context.Context, ecsapi.ReleaseInput) (ecsapi.ReleaseOutput, error) {
	a.mu.Lock()
	a.requests++
	a.mu.Unlock()
	time.Sleep(a.latency)
	if a.limiter != nil && !a.limiter.Allow() {
		return ecsapi.ReleaseOutput{}, &ecsapi.Error{Kind: ecsapi.Answered, HTTPStatus: 400, Code: "Throttling.User"}
	}
	return ecsapi.ReleaseOutput{RequestID: "r"}, nil
}

// atOnce makes calls at a parallelism, and returns how long they took.
func atOnce(t *testing.T, calls, parallelism int, call func(context.Context) error) time.Duration {
	t.Helper()
	begun := time.Now()
	var wg sync.WaitGroup
	slots := make(chan struct{}, parallelism)
	for range calls {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if err := call(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return time.Since(begun)
}

// releaseMany makes releases at a parallelism, and returns how long they took.
func releaseMany(t *testing.T, api api, releases, parallelism int) time.Duration {
	t.Helper()
	r := newReleaser(api)
	return atOnce(t, releases, parallelism, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
		defer cancel()
		if _, failure := r.release(ctx, testRequest, func(string) {}); failure != nil {
			return failure.Err
		}
		return nil
	})
}

func TestPacer(t *testing.T) {
	for name, tc := range map[string]struct {
		limit, burst          int
		releases, parallelism int
		requests, time        float64 // bounds, as ratios
	}{
		"forty-a-second":    {limit: 40, burst: 1, releases: 300, parallelism: 50, requests: 1.5, time: 1.5},
		"small-burst":       {limit: 40, burst: 5, releases: 300, parallelism: 50, requests: 1.2, time: 1.25},
		"large-burst":       {limit: 40, burst: 40, releases: 300, parallelism: 50, requests: 1.5, time: 1.5},
		"five-a-second":     {limit: 5, burst: 1, releases: 100, parallelism: 50, requests: 2, time: 1.5},
		"a-hundred":         {limit: 100, burst: 10, releases: 1000, parallelism: 50, requests: 1.5, time: 1.5},
		"small-parallelism": {limit: 40, burst: 1, releases: 300, parallelism: 10, requests: 1.5, time: 1.5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &limitedAPI{limiter: rate.NewLimiter(rate.Limit(tc.limit), tc.burst), latency: 20 * time.Millisecond}
				took := releaseMany(t, api, tc.releases, tc.parallelism)

				requests := float64(api.requests) / float64(tc.releases)
				least := time.Duration(float64(tc.releases-tc.burst) / float64(tc.limit) * float64(time.Second))
				ratio := float64(took) / float64(least)
				t.Logf("%.2f requests a release, %.2f times the least time", requests, ratio)
				if requests > tc.requests || ratio > tc.time {
					t.Errorf("want at most %.2f and %.2f", tc.requests, tc.time)
				}
			})
		})
	}
}

func TestPacer_costs_nothing_without_throttling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &limitedAPI{latency: 20 * time.Millisecond}
		if took := releaseMany(t, api, 1000, 50); took != 20*20*time.Millisecond {
			t.Errorf("1000 releases at parallelism 50 took %s, want 400ms", took)
		}
	})
}

// TestPacer_learns_from_answers checks that only what the endpoint has seen
// changes the rate.
func TestPacer_learns_from_answers(t *testing.T) {
	for name, tc := range map[string]struct {
		err    error
		faster bool
	}{
		"success":  {nil, true},
		"refused":  {forbidden, true},
		"lost":     {lost, true},
		"untyped":  {errors.New("what?"), true},
		"not-sent": {unreachable, false},
		"unsigned": {&ecsapi.Error{Kind: ecsapi.Unsigned, Err: errors.New("no keys")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPacer()
			p.learn(throttling)
			before := p.limiter.Limit()
			for range 10 {
				p.learn(tc.err)
			}
			if after := p.limiter.Limit(); after < before || (after > before) != tc.faster {
				t.Errorf("the rate went from %.1f to %.1f a second", before, after)
			}
		})
	}
}

// TestPacer_without_limit checks that the pace ends when the endpoint takes all
// that comes.
func TestPacer_without_limit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		p.learn(throttling)
		for n := 0; p.limiter.Limit() != rate.Inf; n++ {
			if n == 100_000 {
				t.Fatalf("%.1f a second after %d requests", p.limiter.Limit(), n)
			}
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.learn(nil)
		}
	})
}

// TestPacer_wait_ends checks that a wait ends with its own context, whether for
// the turn that is next or behind another.
func TestPacer_wait_ends(t *testing.T) {
	for name, tc := range map[string]struct{ cancelFirst bool }{
		"whose-turn-is-next": {true},
		"behind-another":     {false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPacer()
				p.limiter.SetLimit(0.001)
				p.limiter.Allow() // the next turn is long after
				var ended [2]chan error
				var cancel [2]context.CancelFunc
				for n := range ended {
					ctx, stop := context.WithCancel(t.Context())
					ended[n], cancel[n] = make(chan error, 1), stop
					go func() { ended[n] <- p.wait(ctx) }()
					synctest.Wait()
				}
				chosen, other := 1, 0
				if tc.cancelFirst {
					chosen, other = 0, 1
				}
				begun := time.Now()
				cancel[chosen]()
				if err := <-ended[chosen]; !errors.Is(err, context.Canceled) || time.Since(begun) != 0 {
					t.Errorf("got %v after %s, want an end at once", err, time.Since(begun))
				}
				synctest.Wait()
				if len(ended[other]) != 0 {
					t.Error("the other wait ended too")
				}
				cancel[other]()
			})
		})
	}
}

// TestPacer_time_is_short checks that who would get a turn only after the time
// is up learns so at once, and that the time was up.
func TestPacer_time_is_short(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		p.limiter.SetLimit(0.001)
		p.limiter.Allow()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		if err := p.wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 0 {
			t.Errorf("got %v after %s", err, time.Since(begun))
		}
	})
}
