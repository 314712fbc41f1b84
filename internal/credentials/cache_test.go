package credentials

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// fake is a source that answers at once, or when it is let go, with the keys or
// the error of the moment.
type fake struct {
	asked    atomic.Int32
	err      error
	lifetime time.Duration // of the keys; 0: without end
	hold     chan struct{} // if not nil, an answer waits for it
	stopped  chan struct{} // if not nil, gets a value when a context ends first
}

func (f *fake) fetch(ctx context.Context) (lease, error) {
	n := f.asked.Add(1)
	if f.hold != nil {
		select {
		case <-f.hold:
		case <-ctx.Done():
			if f.stopped != nil {
				f.stopped <- struct{}{}
			}
			return lease{}, ctx.Err()
		}
	}
	if f.err != nil {
		return lease{}, f.err
	}
	l := lease{Keys: pair(fmt.Sprint("id-", n), "s", "t")}
	if f.lifetime != 0 {
		l.end = time.Now().Add(f.lifetime)
	}
	return l, nil
}

func TestSource_renewal_fails(t *testing.T) {
	for name, tc := range map[string]struct {
		lifetime  time.Duration
		goodFor   time.Duration
		stillGood bool
	}{
		"good":                    {time.Hour, time.Hour - time.Second, true},
		"over":                    {time.Hour, time.Hour, false},
		"long-over-is-no-success": {time.Hour, 48 * time.Hour, false},
		"without-end":             {0, 48 * time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source, fake := newFake(tc.lifetime)
				first, err := source.Keys(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(tc.goodFor)
				fake.err = errors.New("down")
				got, err := source.Keys(t.Context())
				if (err == nil) != tc.stillGood || tc.stillGood && got != first {
					t.Errorf("got the first keys: %t, error: %v", got == first, err)
				}
			})
		})
	}
}

func newFake(lifetime time.Duration) (*Source, *fake) {
	f := &fake{lifetime: lifetime}
	return &Source{fetch: f.fetch}, f
}

// Keys are renewed shortly before their end, and not earlier.
func TestSource_renewal_is_early(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, fake := newFake(time.Hour)
		for _, tc := range []struct {
			after time.Duration
			asked int32
		}{{0, 1}, {time.Hour - renewalLead - time.Second, 1}, {time.Second, 2}} {
			time.Sleep(tc.after)
			if _, err := source.Keys(t.Context()); err != nil {
				t.Fatal(err)
			}
			if asked := fake.asked.Load(); asked != tc.asked {
				t.Errorf("asked %d times, want %d", asked, tc.asked)
			}
		}
	})
}

// While the last keys are good, a failing source is asked now and then, and its recovery seen.
func TestSource_renewal_pause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, fake := newFake(time.Hour)
		keys := func() rpc.Keys {
			t.Helper()
			got, err := source.Keys(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		first := keys()
		time.Sleep(59 * time.Minute)
		fake.err = errors.New("down")
		for range 100 {
			keys()
		}
		if asked := fake.asked.Load(); asked != 2 {
			t.Errorf("asked %d times, want once for the keys and once for their renewal", asked)
		}
		time.Sleep(renewalPause)
		fake.err = nil
		if keys() == first {
			t.Error("the recovery was not seen")
		}

		fake.err = errors.New("down")
		time.Sleep(time.Hour - time.Second)
		keys()
		time.Sleep(time.Second)
		if _, err := source.Keys(t.Context()); err == nil {
			t.Error("the pause outlasted the keys")
		}
	})
}

func TestSource_callers_share_one_answer(t *testing.T) {
	for name, failure := range map[string]error{"keys": nil, "error": errors.New("down")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source, fake := newFake(0)
				fake.err, fake.hold = failure, make(chan struct{})
				var group sync.WaitGroup
				for range 100 {
					group.Go(func() {
						got, err := source.Keys(t.Context())
						if !errors.Is(err, failure) || err == nil && got.AccessKeyID != "id-1" {
							t.Errorf("got %q and %v", got.AccessKeyID, err)
						}
					})
				}
				synctest.Wait()
				close(fake.hold)
				group.Wait()
				if asked := fake.asked.Load(); asked != 1 {
					t.Errorf("asked %d times, want once", asked)
				}
			})
		})
	}
}

// A caller that leaves does not take the renewal with it, even the one that started it.
func TestSource_caller_leaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, fake := newFake(0)
		fake.hold = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		left, stayed := make(chan error), make(chan error)
		go func() { _, err := source.Keys(ctx); left <- err }()
		synctest.Wait()
		go func() { _, err := source.Keys(t.Context()); stayed <- err }()
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller that left got %v", err)
		}
		close(fake.hold)
		if err := <-stayed; err != nil {
			t.Errorf("the caller that stayed got %v", err)
		}
		if _, err := source.Keys(ctx); !errors.Is(err, context.Canceled) || fake.asked.Load() != 1 {
			t.Errorf("a caller whose context had ended got %v", err)
		}
	})
}

// The last caller that leaves ends the renewal, and is back when nothing of it is left.
func TestSource_last_caller_leaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, fake := newFake(0)
		fake.hold, fake.stopped = make(chan struct{}), make(chan struct{}, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				if _, err := source.Keys(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
		}
		group.Wait()
		if len(fake.stopped) != 1 {
			t.Error("the renewal was not ended")
		}
		close(fake.hold)
		if _, err := source.Keys(t.Context()); err != nil || fake.asked.Load() != 2 {
			t.Errorf("the next caller got %v after %d renewals", err, fake.asked.Load())
		}
	})
}
