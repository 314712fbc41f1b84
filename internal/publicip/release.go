// Package publicip releases public IP addresses of ECS instances: the
// operation, and the resource and the action that offer it to Terraform.
package publicip

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// Outcome says how a release ended well.
type Outcome string

const (
	// Released means that the address was taken away from its instance.
	Released Outcome = "released"
	// AlreadyReleased means that the address is not on record, which the configuration
	// counts as released.
	AlreadyReleased Outcome = "already_released"
	// DryRun means that the API would have released the address.
	DryRun Outcome = "dry_run"
)

// Request is one release that Terraform asks for. Its values have been checked.
type Request struct {
	PublicIPAddress string
	InstanceID      string // optional
	RegionID        string
	DryRun          bool
	IgnoreNotFound  bool
}

// Result is a release that ended well, or a dry run that released all the
// same: DryRun was asked for and Outcome is Released.
type Result struct {
	Outcome   Outcome
	RequestID string // of the answer that settled it; empty if it had none
	// RemainTimes is the API's word on how many releases are left; empty if it
	// said nothing.
	RemainTimes string
	// ReleasedAt is when the answer came that reported or confirmed the
	// release; zero unless Outcome is Released.
	ReleasedAt time.Time
	// Lost is the attempt whose answer never came, where a later one found the
	// address gone: it has released the address, or, as a dry run, may have. Nil
	// otherwise.
	Lost error
}

// Error is a release that did not end well.
type Error struct {
	Request Request
	// Err is the last thing that went wrong.
	Err error
	// Attempts is how many were made.
	Attempts int
	// Elapsed is how long it took.
	Elapsed time.Duration
	// Stopped is why no further attempt was made although one might have done
	// better: context.DeadlineExceeded, context.Canceled, or nil.
	Stopped error
	// Lost is the last attempt that may have released the address; nil if
	// there was none, and then the address was not released.
	Lost error
}

// Error returns one line that names the address and the cause.
func (e *Error) Error() string {
	return fmt.Sprintf("releasing %s in %s: %v", e.Request.PublicIPAddress, e.Request.RegionID, e.Err)
}

// Unwrap returns the last thing that went wrong.
func (e *Error) Unwrap() error { return e.Err }

// api is what a release needs of the ECS API.
type api interface {
	ReleasePublicIPAddress(context.Context, ecsapi.ReleaseInput) (ecsapi.ReleaseOutput, error)
}

// releaser makes releases. All that share an account share one, so that what
// one learns of throttling slows the others down.
type releaser struct {
	api        api
	pace       *pacer
	newBackOff func() backoff.BackOff
}

func newReleaser(api api) *releaser {
	return &releaser{api: api, pace: newPacer(), newBackOff: fullJitter}
}

// fullJitter waits between nothing and twice a mean that doubles from half a
// second to ten.
func fullJitter() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = 500 * time.Millisecond
	b.RandomizationFactor = 1
	b.Multiplier = 2
	b.MaxInterval = 10 * time.Second
	return b
}

// release asks the API to release an address until it says yes or no. The end
// of the context stops it between attempts, never within one. Progress is told,
// in words for a person, what happens meanwhile.
func (r *releaser) release(ctx context.Context, req Request, progress func(string)) (Result, *Error) {
	begun := time.Now()
	wait := r.newBackOff()
	in := ecsapi.ReleaseInput{
		RegionID:        req.RegionID,
		PublicIPAddress: req.PublicIPAddress,
		InstanceID:      req.InstanceID,
		DryRun:          req.DryRun,
	}
	failure := &Error{Request: req}
	stop := func(why error) (Result, *Error) {
		failure.Stopped = why
		failure.Elapsed = time.Since(begun)
		if failure.Err == nil {
			failure.Err = why
		}
		return Result{}, failure
	}

	for {
		if err := r.pace.wait(ctx); err != nil {
			return stop(err)
		}
		progress(req.describe())
		failure.Attempts++
		out, err := r.api.ReleasePublicIPAddress(ctx, in)
		r.pace.learn(err)

		if result, ok := settle(req, out, err, failure.Lost); ok {
			progress(result.describe(req))
			return result, nil
		}
		if errors.Is(err, ctx.Err()) && ctx.Err() != nil {
			return stop(ctx.Err()) // nothing was sent: what went wrong before says more
		}
		failure.Err = err
		switch endingOf(err) {
		case refused:
			return stop(nil)
		case unknown:
			failure.Lost = err
		}
		if err := ctx.Err(); err != nil {
			return stop(err)
		}

		if throttled(err) {
			wait.Reset() // the pace spaces the attempts; a wait on top would only idle
		}
		pause := wait.NextBackOff()
		tflog.Warn(ctx, "release not settled, trying again", logFields(err, failure.Attempts, pause))
		progress(fmt.Sprintf("%s; trying again in %s", brief(err), pause.Round(100*time.Millisecond)))
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return stop(ctx.Err())
		case <-timer.C:
		}
	}
}

// settle returns the result of an attempt that ended well. An address that is
// not on record was released by an earlier attempt whose answer was lost, if
// there was one.
func settle(req Request, out ecsapi.ReleaseOutput, err, lost error) (Result, bool) {
	if err == nil {
		return Result{
			Outcome:     Released,
			RequestID:   out.RequestID,
			RemainTimes: out.RemainTimes,
			ReleasedAt:  time.Now().UTC(),
		}, true
	}
	var failed *ecsapi.Error
	if !errors.As(err, &failed) {
		return Result{}, false
	}
	switch {
	case failed.Code == ecsapi.CodeDryRunOperation && req.DryRun:
		return Result{Outcome: DryRun, RequestID: failed.RequestID}, true
	case failed.Code != ecsapi.CodeInvalidIPNotFound:
		return Result{}, false
	case lost != nil && !req.DryRun:
		return Result{Outcome: Released, RequestID: failed.RequestID, ReleasedAt: time.Now().UTC(), Lost: lost}, true
	case req.IgnoreNotFound:
		return Result{Outcome: AlreadyReleased, RequestID: failed.RequestID, Lost: lost}, true
	}
	return Result{}, false
}

// describe says in a few words what is asked for.
func (r Request) describe() string {
	if r.DryRun {
		return fmt.Sprintf("Asking ECS in %s for a dry run of the release of %s", r.RegionID, r.PublicIPAddress)
	}
	return fmt.Sprintf("Asking ECS in %s to release %s", r.RegionID, r.PublicIPAddress)
}

// describe says in a few words how a release ended well.
func (r Result) describe(req Request) string {
	did := map[Outcome]string{
		Released:        "Released " + req.PublicIPAddress,
		AlreadyReleased: req.PublicIPAddress + " is not on record, and counts as released",
		DryRun:          "Dry run: " + req.PublicIPAddress + " would be released",
	}[r.Outcome]
	return did + " (request ID " + r.RequestID + ")"
}

// brief names the cause of a retry in a few words.
func brief(err error) string {
	var failed *ecsapi.Error
	if !errors.As(err, &failed) {
		return "No answer"
	}
	switch {
	case failed.Throttled():
		return "Throttled (" + failed.Code + ")"
	case failed.Kind == ecsapi.Answered:
		return "Answered " + failed.Code
	case failed.Kind == ecsapi.NotSent:
		return "Endpoint not reached"
	case failed.Kind == ecsapi.Unsigned:
		return "No keys to sign with yet"
	case failed.Kind == ecsapi.NotAPI:
		return fmt.Sprintf("Answered HTTP %d, and not by the API", failed.HTTPStatus)
	}
	return "Answer lost"
}

func logFields(err error, attempt int, pause time.Duration) map[string]any {
	fields := map[string]any{"attempt": attempt, "wait_ms": pause.Milliseconds(), "error": err.Error()}
	if failed, ok := errors.AsType[*ecsapi.Error](err); ok {
		fields["code"], fields["request_id"], fields["http_status"] = failed.Code, failed.RequestID, failed.HTTPStatus
	}
	return fields
}
