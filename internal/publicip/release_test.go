package publicip

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

var testRequest = Request{PublicIPAddress: "121.40.10.20", InstanceID: "i-bp67acfmxazb4p0001", RegionID: "cn-hangzhou"}

// scriptedAPI answers one error after the other, nil for a success, the last
// for ever.
type scriptedAPI struct {
	script  []error
	latency time.Duration
	inputs  []ecsapi.ReleaseInput
}

func (a *scriptedAPI) ReleasePublicIPAddress(_ context.Context, in ecsapi.ReleaseInput) (ecsapi.ReleaseOutput, error) {
	a.inputs = append(a.inputs, in)
	time.Sleep(a.latency)
	err := a.script[min(len(a.inputs), len(a.script))-1]
	if err != nil {
		return ecsapi.ReleaseOutput{}, err
	}
	return ecsapi.ReleaseOutput{RequestID: "R-1", RemainTimes: "2"}, nil
}

var (
	lost          = &ecsapi.Error{Kind: ecsapi.NoAnswer, Err: errors.New("EOF")}
	unreachable   = &ecsapi.Error{Kind: ecsapi.NotSent, Err: errors.New("connection refused")}
	errNotFound   = answered(400, ecsapi.CodeInvalidIPNotFound)
	starting      = answered(403, ecsapi.FamilyInstanceStatus)
	throttling    = answered(400, "Throttling.User")
	errDryRunDone = answered(400, ecsapi.CodeDryRunOperation)
	forbidden     = answered(403, ecsapi.CodeForbiddenRAM)
	errNoInstance = answered(404, ecsapi.CodeInvalidInstanceNotFound)
)

func TestRelease(t *testing.T) {
	for name, tc := range map[string]struct {
		script   []error
		change   func(*Request)
		attempts int
		outcome  Outcome // empty: fails
		lost     bool    // of the result, or of the error
		cause    error
		stopped  error
	}{
		"success":                         {script: []error{nil}, attempts: 1, outcome: Released},
		"busy-then-success":               {script: []error{throttling, starting, unreachable, nil}, attempts: 4, outcome: Released},
		"lost-answer-then-success":        {script: []error{lost, nil}, attempts: 2, outcome: Released},
		"lost-answer-then-not-found":      {script: []error{lost, errNotFound}, attempts: 2, outcome: PresumedReleased, lost: true},
		"lost-busy-then-not-found":        {script: []error{lost, throttling, unreachable, errNotFound}, attempts: 4, outcome: PresumedReleased, lost: true},
		"lost-then-not-found-with-ignore": {script: []error{lost, errNotFound}, change: ignoring, attempts: 2, outcome: PresumedReleased, lost: true},
		"lost-and-no-instance-named":      {script: []error{lost, nil}, change: unnamed, attempts: 1, cause: lost, lost: true, stopped: errUnnamed},
		"busy-and-no-instance-named":      {script: []error{throttling, unreachable, starting, nil}, change: unnamed, attempts: 4, outcome: Released},
		"busy-lost-no-instance-named":     {script: []error{starting, lost, nil}, change: unnamed, attempts: 2, cause: lost, lost: true, stopped: errUnnamed},
		"dry-run-lost-no-instance-named": {
			script: []error{lost, nil}, change: func(r *Request) { rehearsing(r); unnamed(r) }, attempts: 1, cause: lost, lost: true, stopped: errUnnamed,
		},
		"certificate-not-trusted":     {script: []error{obstructed(ecsapi.Untrusted), nil}, attempts: 1, cause: errObstructed},
		"lost-then-no-such-host":      {script: []error{lost, obstructed(ecsapi.UnknownHost), nil}, attempts: 2, cause: errObstructed, lost: true},
		"not-found":                   {script: []error{errNotFound}, attempts: 1, cause: errNotFound},
		"busy-then-not-found":         {script: []error{throttling, errNotFound}, attempts: 2, cause: errNotFound},
		"never-left-then-not-found":   {script: []error{unreachable, errNotFound}, attempts: 2, cause: errNotFound},
		"not-found-with-ignore":       {script: []error{errNotFound}, change: ignoring, attempts: 1, outcome: AlreadyReleased},
		"refused-is-asked-once":       {script: []error{forbidden}, attempts: 1, cause: forbidden},
		"lost-then-refused":           {script: []error{lost, forbidden}, attempts: 2, cause: forbidden, lost: true},
		"dry-run":                     {script: []error{errDryRunDone}, change: rehearsing, attempts: 1, outcome: DryRun},
		"dry-run-lost-then-done":      {script: []error{lost, errDryRunDone}, change: rehearsing, attempts: 2, outcome: DryRun},
		"dry-run-ignored":             {script: []error{nil}, change: rehearsing, attempts: 1, outcome: Released},
		"dry-run-lost-then-not-found": {script: []error{lost, errNotFound}, change: rehearsing, attempts: 2, cause: errNotFound, lost: true},
		"dry-run-lost-not-found-ignored": {
			script: []error{lost, errNotFound}, change: func(r *Request) { rehearsing(r); ignoring(r) }, attempts: 2, outcome: AlreadyReleased, lost: true,
		},
		"dry-run-not-asked-for":       {script: []error{errDryRunDone}, attempts: 1, cause: errDryRunDone},
		"time-up":                     {script: []error{starting}, cause: starting, stopped: context.DeadlineExceeded},
		"time-up-after-a-lost-answer": {script: []error{lost, starting}, cause: starting, lost: true, stopped: context.DeadlineExceeded},
		"time-up-throttled":           {script: []error{throttling}, cause: throttling, stopped: context.DeadlineExceeded},
		"unreachable-a-minute":        {script: []error{unreachable}, cause: unreachable, stopped: errUnreached},
		"time-up-without-an-answer":   {script: []error{lost}, cause: lost, lost: true, stopped: context.DeadlineExceeded},
		"time-up-of-a-dry-run":        {script: []error{starting}, change: rehearsing, cause: starting, stopped: context.DeadlineExceeded},
		"dry-run-not-found":           {script: []error{errNotFound}, change: rehearsing, attempts: 1, cause: errNotFound},
		"dry-run-not-found-with-ignore": {
			script: []error{errNotFound}, change: func(r *Request) { rehearsing(r); ignoring(r) }, attempts: 1, outcome: AlreadyReleased,
		},
		"dry-run-busy-then-done":        {script: []error{throttling, errDryRunDone}, change: rehearsing, attempts: 2, outcome: DryRun},
		"dry-run-lost-then-ignored":     {script: []error{lost, nil}, change: rehearsing, attempts: 2, outcome: Released},
		"foreign-answer-then-not-found": {script: []error{lostAnswers[foreign], errNotFound}, attempts: 2, outcome: PresumedReleased, lost: true},
		"internal-error-then-not-found": {script: []error{lostAnswers[internal], errNotFound}, attempts: 2, outcome: PresumedReleased, lost: true},
		"nonce-used-then-not-found":     {script: []error{lostAnswers[nonceUsed], errNotFound}, attempts: 2, outcome: PresumedReleased, lost: true},
		"no-such-instance-is-no-proof":  {script: []error{lost, errNoInstance}, attempts: 2, cause: errNoInstance, lost: true},
		"untyped-then-not-found":        {script: []error{errors.New("what?"), errNotFound}, attempts: 2, outcome: PresumedReleased, lost: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				req := testRequest
				if tc.change != nil {
					tc.change(&req)
				}
				api := &scriptedAPI{script: tc.script, latency: time.Second}

				result, failure := newReleaser(api).release(ctx, req, func(string) {})

				if tc.attempts != 0 && len(api.inputs) != tc.attempts {
					t.Errorf("%d attempts, want %d", len(api.inputs), tc.attempts)
				}
				if tc.outcome != "" {
					if failure != nil {
						t.Fatalf("got %v, want outcome %s", failure, tc.outcome)
					}
					if result.Outcome != tc.outcome || (result.Lost != nil) != tc.lost || result.RequestID == "" {
						t.Errorf("got %+v, want outcome %s, lost %v", result, tc.outcome, tc.lost)
					}
					if result.ReleasedAt.IsZero() == (tc.outcome == Released) {
						t.Errorf("released at %s with outcome %s", result.ReleasedAt, tc.outcome)
					}
					return
				}
				if failure == nil {
					t.Fatalf("got %+v, want an error", result)
				}
				if tc.cause == errObstructed { //nolint:errorlint // it only stands for errors of that kind
					if said, ok := errors.AsType[*ecsapi.Error](failure.Err); !ok || said.Obstacle == ecsapi.Passing {
						t.Errorf("got cause %v, want an obstacle", failure.Err)
					}
					tc.cause = failure.Err
				}
				if !errors.Is(failure.Err, tc.cause) || (failure.Lost != nil) != tc.lost || !errors.Is(failure.Stopped, tc.stopped) {
					t.Errorf("got cause %v, lost %v, stopped %v", failure.Err, failure.Lost, failure.Stopped)
				}
				if failure.Attempts != len(api.inputs) {
					t.Errorf("the error counts %d attempts of %d", failure.Attempts, len(api.inputs))
				}
				if failure.Elapsed > 5*time.Minute+time.Second {
					t.Errorf("it took %s", failure.Elapsed)
				}
			})
		})
	}
}

// errObstructed stands for any error with an obstacle.
var errObstructed = errors.New("an obstacle")

func unnamed(req *Request)    { req.InstanceID = "" }
func ignoring(req *Request)   { req.IgnoreNotFound = true }
func rehearsing(req *Request) { req.DryRun = true }

func TestRelease_cancelled_while_waiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		api := &scriptedAPI{script: []error{starting}}
		var cancelled time.Time
		_, failure := newReleaser(api).release(ctx, testRequest, func(message string) {
			// The third retry waits for a second and a half on average.
			if strings.Contains(message, "trying again") && len(api.inputs) == 3 {
				cancelled = time.Now()
				cancel()
			}
		})
		if failure == nil || !errors.Is(failure.Stopped, context.Canceled) || failure.Lost != nil {
			t.Errorf("got %+v, want a cancelled release that did not happen", failure)
		}
		if waited := time.Since(cancelled); waited != 0 || len(api.inputs) != 3 {
			t.Errorf("%s and %d attempts after the cancellation", waited, len(api.inputs)-3)
		}
	})
}

func TestRelease_cancelled_in_flight(t *testing.T) {
	for name, tc := range map[string]struct {
		answer   error
		released bool
		lost     bool
	}{
		"success": {nil, true, false},
		"busy":    {throttling, false, false},
		"lost":    {lost, false, true},
		"refused": {forbidden, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				api := &scriptedAPI{script: []error{tc.answer}, latency: time.Minute}
				result, failure := newReleaser(api).release(ctx, testRequest, func(message string) {
					if strings.Contains(message, "trying again") {
						t.Errorf("said %q", message)
					}
				})
				if len(api.inputs) != 1 {
					t.Errorf("%d attempts, want the one in flight", len(api.inputs))
				}
				if (failure == nil) != tc.released || tc.released && result.RequestID != "R-1" {
					t.Errorf("got %+v and %v", result, failure)
				}
				if failure != nil && (failure.Lost != nil) != tc.lost {
					t.Errorf("lost is %v", failure.Lost)
				}
			})
		})
	}
}

// TestRelease_cancelled_before_it_leaves checks that the error keeps what went
// wrong before the attempt that the cancellation kept from being sent.
func TestRelease_cancelled_before_it_leaves(t *testing.T) {
	for name, kind := range map[string]rpc.Kind{"for-a-connection": ecsapi.NotSent, "for-keys": ecsapi.Unsigned} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Hour, cancel)
				api := &scriptedAPI{script: []error{starting, &ecsapi.Error{Kind: kind, Err: context.Canceled}}, latency: time.Hour - time.Minute}
				_, failure := newReleaser(api).release(ctx, testRequest, func(string) {})
				if failure == nil || !errors.Is(failure.Err, starting) || !errors.Is(failure.Stopped, context.Canceled) || failure.Lost != nil {
					t.Errorf("got %+v, want the cause %v", failure, starting)
				}
			})
		})
	}
}

// TestRelease_waits checks that waits grow, but not those for throttling: the
// pace spaces those attempts already.
func TestRelease_waits(t *testing.T) {
	for name, tc := range map[string]struct {
		answer         error
		atMost, exceed time.Duration // exceed: by one wait at least
	}{
		"throttled": {throttling, time.Second, 0},
		"starting":  {starting, 20 * time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var longest time.Duration
				api := &scriptedAPI{script: append(slices.Repeat([]error{tc.answer}, 50), nil)}
				_, failure := newReleaser(api).release(t.Context(), testRequest, func(message string) {
					if _, wait, ok := strings.Cut(message, "trying again in "); ok {
						d, err := time.ParseDuration(wait)
						if err != nil {
							t.Error(err)
						}
						longest = max(longest, d)
					}
				})
				if failure != nil || longest > tc.atMost || longest <= tc.exceed {
					t.Errorf("the longest wait is %s, want more than %s and at most %s (%v)", longest, tc.exceed, tc.atMost, failure)
				}
			})
		})
	}
}

// TestRelease_unreachable checks that a connection is tried for a minute, counted
// anew after each attempt that found one. The bounds are those of the waits, which
// are at most 1 second long, then 2, 4, 8 and so on.
func TestRelease_unreachable(t *testing.T) {
	for name, tc := range map[string]struct {
		script      []error
		latency     time.Duration
		least, most time.Duration
	}{
		"refused":                {[]error{unreachable}, 0, 30 * time.Second, time.Minute},
		"times-out":              {[]error{unreachable}, time.Minute, time.Minute, time.Minute},
		"times-out-sooner":       {[]error{unreachable}, 25 * time.Second, 50 * time.Second, 85 * time.Second},
		"reached-in-between":     {[]error{unreachable, starting, unreachable, starting, unreachable}, 25 * time.Second, 150 * time.Second, 200 * time.Second},
		"refused-after-an-error": {[]error{lost, unreachable}, 0, 30 * time.Second, 62 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				_, failure := newReleaser(&scriptedAPI{script: tc.script, latency: tc.latency}).release(ctx, testRequest, func(string) {})
				if failure == nil || !errors.Is(failure.Stopped, errUnreached) || failure.Elapsed < tc.least || failure.Elapsed > tc.most {
					t.Errorf("got %+v, want an end between %s and %s", failure, tc.least, tc.most)
				}
			})
		})
	}
}

// TestRelease_time_up_before_it_is_sent checks that the error keeps what was
// waited for.
func TestRelease_time_up_before_it_is_sent(t *testing.T) {
	for name, tc := range map[string]struct {
		script []error // nil: the turn does not come
		says   string
	}{
		"endpoint": {[]error{&ecsapi.Error{Kind: ecsapi.NotSent, Endpoint: "ecs.test", Err: context.DeadlineExceeded}}, "waited for a connection to the endpoint"},
		"keys":     {[]error{&ecsapi.Error{Kind: ecsapi.Unsigned, Endpoint: "ecs.test", Err: context.DeadlineExceeded}}, "waited for the keys to sign with"},
		"pace":     {nil, "waited for its turn"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				r := newReleaser(&scriptedAPI{script: tc.script, latency: time.Second})
				if tc.script == nil {
					r.pace.limiter.SetLimit(0.001)
					r.pace.limiter.Allow()
				}
				_, failure := r.release(ctx, testRequest, func(string) {})
				if failure == nil || !errors.Is(failure.Stopped, context.DeadlineExceeded) || failure.Lost != nil {
					t.Fatalf("got %+v", failure)
				}
				got := diagnose(failure, createTimeout)
				for _, waits := range []string{"waited for a connection to the endpoint", "waited for the keys to sign with", "waited for its turn"} {
					if strings.Contains(got.Detail(), waits) != (waits == tc.says) {
						t.Errorf("want %q in\n%s", tc.says, got.Detail())
					}
				}
			})
		})
	}
}

func TestRelease_cancelled_before(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	api := &scriptedAPI{script: []error{nil}}
	_, failure := newReleaser(api).release(ctx, testRequest, func(string) {})
	if failure == nil || len(api.inputs) != 0 || failure.Lost != nil || !errors.Is(failure.Stopped, context.Canceled) {
		t.Errorf("got %+v after %d attempts", failure, len(api.inputs))
	}
}

// TestRelease_log checks that each retry is logged with what one searches for.
func TestRelease_log(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		ctx := tflogtest.RootLogger(t.Context(), &log)
		api := &scriptedAPI{script: []error{throttling, lost, nil}}
		if _, failure := newReleaser(api).release(ctx, testRequest, func(string) {}); failure != nil {
			t.Fatal(failure)
		}
		entries, err := tflogtest.MultilineJSONDecode(&log)
		if err != nil || len(entries) != 2 {
			t.Fatalf("%d entries, want one for each retry (%v)", len(entries), err)
		}
		for n, want := range []map[string]any{
			{"attempt": 1.0, "code": "Throttling.User", "request_id": "r", "http_status": 400.0},
			{"attempt": 2.0, "code": "", "request_id": "", "http_status": 0.0},
		} {
			want["@level"], want["@message"], want["@module"] = "warn", "release not settled, trying again", "provider"
			got := maps.Clone(entries[n])
			if wait, ok := got["wait_ms"].(float64); !ok || wait < 0 || wait > 2000 {
				t.Errorf("attempt %d waits for %v ms", n+1, got["wait_ms"])
			}
			if text, ok := got["error"].(string); !ok || text == "" {
				t.Errorf("attempt %d was logged without its error", n+1)
			}
			delete(got, "wait_ms")
			delete(got, "error")
			if !maps.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		}
	})
}
