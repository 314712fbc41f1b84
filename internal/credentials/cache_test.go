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

	"github.com/aliyun/credentials-go/credentials/providers"
)

// fakeHead answers at once, or when it is let go, with the keys or the error of the moment.
type fakeHead struct {
	asked atomic.Int32
	err   error
	hold  chan struct{} // if not nil, an answer waits for it
}

func (f *fakeHead) GetProviderName() string { return "fake" }

func (f *fakeHead) GetCredentials() (*providers.Credentials, error) {
	n := f.asked.Add(1)
	if f.hold != nil {
		<-f.hold
	}
	if f.err != nil {
		return nil, f.err
	}
	return &providers.Credentials{AccessKeyId: fmt.Sprint("id-", n), AccessKeySecret: "s", SecurityToken: "t"}, nil
}

func TestRenewalFails(t *testing.T) {
	for name, test := range map[string]struct {
		lifetime  time.Duration
		goodFor   time.Duration
		stillGood bool
	}{
		"lifetime-known-good":     {time.Hour, time.Hour - time.Second, true},
		"lifetime-known-over":     {time.Hour, time.Hour, false},
		"lifetime-unknown-good":   {0, renewalLead - time.Second, true},
		"lifetime-unknown-over":   {0, renewalLead, false},
		"long-over-is-no-success": {time.Hour, 48 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				head := &fakeHead{}
				source := &Source{head: head, lifetime: test.lifetime}
				first, err := source.Snapshot(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(test.goodFor)
				head.err = errors.New("down")
				got, err := source.Snapshot(t.Context())
				if (err == nil) != test.stillGood || test.stillGood && got != first {
					t.Errorf("got the first keys: %t, error: %v", got == first, err)
				}
			})
		})
	}
}

// While the last token is good, a failing source is asked now and then, and its recovery seen.
func TestRenewalPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		head := &fakeHead{}
		source := &Source{head: head, lifetime: time.Hour}
		snapshot := func() Snapshot {
			t.Helper()
			got, err := source.Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		first := snapshot()
		time.Sleep(59 * time.Minute)
		head.err = errors.New("down")
		for range 100 {
			snapshot()
		}
		if asked := head.asked.Load(); asked != 2 {
			t.Errorf("asked %d times, want once for the keys and once for their renewal", asked)
		}
		time.Sleep(renewalPause)
		head.err = nil
		if snapshot() == first {
			t.Error("the recovery was not seen")
		}

		head.err = errors.New("down")
		time.Sleep(time.Hour - time.Second)
		snapshot()
		time.Sleep(time.Second)
		if _, err := source.Snapshot(t.Context()); err == nil {
			t.Error("the pause outlasted the token")
		}
	})
}

func TestCallersShareOneAnswer(t *testing.T) {
	for name, failure := range map[string]error{"keys": nil, "error": errors.New("down")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				head := &fakeHead{err: failure, hold: make(chan struct{})}
				source := &Source{head: head}
				var group sync.WaitGroup
				for range 100 {
					group.Go(func() {
						got, err := source.Snapshot(t.Context())
						if !errors.Is(err, failure) || err == nil && got.AccessKeyID != "id-1" {
							t.Errorf("got %q and %v", got.AccessKeyID, err)
						}
					})
				}
				synctest.Wait()
				close(head.hold)
				group.Wait()
				if asked := head.asked.Load(); asked != 1 {
					t.Errorf("asked %d times, want once", asked)
				}
			})
		})
	}
}

// A caller that leaves does not take the renewal with it.
func TestCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		head := &fakeHead{hold: make(chan struct{})}
		source := &Source{head: head}
		ctx, cancel := context.WithCancel(t.Context())
		left, stayed := make(chan error), make(chan error)
		go func() { _, err := source.Snapshot(ctx); left <- err }()
		go func() { _, err := source.Snapshot(t.Context()); stayed <- err }()
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller that left got %v", err)
		}
		close(head.hold)
		if err := <-stayed; err != nil {
			t.Errorf("the caller that stayed got %v", err)
		}
		if _, err := source.Snapshot(ctx); !errors.Is(err, context.Canceled) || head.asked.Load() != 1 {
			t.Errorf("who comes with a dead context got %v", err)
		}
	})
}

func TestSnapshotIsHidden(t *testing.T) {
	snapshot := Snapshot{"the-id", "the-secret", "the-token"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(format, snapshot); got != "credentials.Snapshot{hidden}" {
			t.Errorf("%s prints %s", format, got)
		}
		if got := fmt.Sprintf(format, &snapshot); got != "credentials.Snapshot{hidden}" {
			t.Errorf("%s of a pointer prints %s", format, got)
		}
	}
}
