// Package publicip releases public IP addresses of ECS instances: the
// operation, and the resource and the action that offer it to Terraform.
package publicip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// unreachedLimit is how long an attempt is repeated that finds no connection.
const unreachedLimit = time.Minute

// Outcome says how a release ended well.
type Outcome string

// The ways in which a release ends well.
const (
	Released         Outcome = "released"          // ECS reported the release
	PresumedReleased Outcome = "presumed_released" // its answer was lost, and a later one no longer finds the address
	AlreadyReleased  Outcome = "already_released"  // the address is not on record, and counts as released
	DryRun           Outcome = "dry_run"           // ECS would have released the address
)

// Request is one release that Terraform asks for. Its values have been checked.
type Request struct {
	PublicIPAddress string
	InstanceID      string // optional
	RegionID        string
	DryRun          bool
	IgnoreNotFound  bool
}

// Result is a release that ended well. A dry run that released the address all
// the same has the outcome Released.
type Result struct {
	Outcome   Outcome
	RequestID string // of the answer that settled it; empty if it had none
	// RemainTimes is how many releases are left, in the API's words; empty if it did not say.
	RemainTimes string
	// ReleasedAt is when the answer came; zero unless Outcome is Released.
	ReleasedAt time.Time
	// Lost is the attempt whose answer was lost, where a later answer no longer
	// finds the address: it has released the address, or, as a dry run, may have.
	Lost error
}

// Failure is a release that did not end well.
type Failure struct {
	Request Request
	// Err is the last thing that went wrong: an *ecsapi.Error, or the context's
	// error if it ended in the wait for the first turn.
	Err      error
	Attempts int
	Elapsed  time.Duration
	// Stopped is why no further attempt was made although one might have done
	// better: the context's error, errUnnamed, errUnreached, or nil.
	Stopped error
	// Lost is the last attempt that may have released the address. If it is nil, the
	// address was not released.
	Lost error
}

var (
	errUnnamed   = errors.New("the answer was lost, and no instance is named")
	errUnreached = errors.New("there was no connection for a minute")
)

// api is what a release needs of the ECS API.
type api interface {
	ReleasePublicIPAddress(context.Context, ecsapi.ReleaseInput) (ecsapi.ReleaseOutput, error)
}

// releaser makes releases. All releases of an account share one, so that what
// one learns of throttling slows the others down.
type releaser struct {
	ecs        api
	pace       *pacer
	newBackOff func() backoff.BackOff
}

func newReleaser(ecs api) *releaser {
	return &releaser{ecs: ecs, pace: newPacer(), newBackOff: fullJitter}
}

// fullJitter waits between nothing and twice a mean that doubles from half a
// second to ten.
func fullJitter() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.Multiplier, b.MaxInterval, b.RandomizationFactor = 500*time.Millisecond, 2, 10*time.Second, 1
	return b
}

// release asks ECS to release an address until it says yes or no. The end of
// the context stops it between attempts, never within one. Progress is told,
// in words for a person, what happens meanwhile.
func (r *releaser) release(ctx context.Context, req Request, progress func(string)) (Result, *Failure) {
	begun, wait := time.Now(), r.newBackOff()
	in := ecsapi.ReleaseInput{RegionID: req.RegionID, PublicIPAddress: req.PublicIPAddress, InstanceID: req.InstanceID, DryRun: req.DryRun}
	asking := fmt.Sprintf("Asking ECS in %s to release %s", req.RegionID, req.PublicIPAddress)
	if req.DryRun {
		asking = fmt.Sprintf("Asking ECS in %s for a dry run of the release of %s", req.RegionID, req.PublicIPAddress)
	}
	failure := &Failure{Request: req}
	stop := func(why, err error) (Result, *Failure) {
		failure.Err, failure.Stopped, failure.Elapsed = err, why, time.Since(begun)
		return Result{}, failure
	}
	var unreached time.Time // when the first of the attempts began that all found no connection

	for {
		if err := r.pace.wait(ctx); err != nil {
			return stop(err, cmp.Or(failure.Err, err))
		}
		progress(asking)
		failure.Attempts++
		tried := time.Now()
		out, err := r.ecs.ReleasePublicIPAddress(ctx, in)
		r.pace.learn(err)

		if result, ok := settle(req, out, err, failure.Lost); ok {
			progress(result.describe(req))
			return result, nil
		}
		said := typed(err)
		if (said.Kind == ecsapi.NotSent || said.Kind == ecsapi.Unsigned) && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return stop(ctx.Err(), cmp.Or(failure.Err, err)) // nothing was sent: what went wrong before says more
		}
		failure.Err = err
		end := endingOf(err)
		if end == unknown {
			failure.Lost = err
		}
		switch {
		case end == refused:
			return stop(nil, err)
		case ctx.Err() != nil:
			return stop(ctx.Err(), err)
		case end == unknown && req.InstanceID == "":
			return stop(errUnnamed, err) // by now the address may belong to another instance
		}

		if said.Throttled() {
			wait.Reset() // the pace spaces the attempts; a wait on top would only idle
		}
		pause := wait.NextBackOff()
		if said.Kind != ecsapi.NotSent {
			unreached = time.Time{}
		} else if unreached.IsZero() {
			unreached = tried
		}
		if !unreached.IsZero() && time.Since(unreached)+pause > unreachedLimit {
			return stop(errUnreached, err)
		}
		tflog.Warn(ctx, "release not settled, trying again", map[string]any{
			"attempt": failure.Attempts, "wait_ms": pause.Milliseconds(), "error": err.Error(),
			"code": said.Code, "request_id": said.RequestID, "http_status": said.HTTPStatus,
		})
		progress(fmt.Sprintf("%s; trying again in %s", brief(said), pause.Round(100*time.Millisecond)))
		sleep(ctx, pause)
	}
}

// sleep waits until the time is over or the context ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// settle returns the result of an attempt that ended well. An address that is
// not on record was released by an earlier attempt whose answer was lost, if
// there was one.
func settle(req Request, out ecsapi.ReleaseOutput, err, lost error) (Result, bool) {
	if err == nil {
		return Result{Outcome: Released, RequestID: out.RequestID, RemainTimes: out.RemainTimes, ReleasedAt: time.Now().UTC()}, true
	}
	switch said := typed(err); {
	case said.Code == ecsapi.CodeDryRunOperation && req.DryRun:
		return Result{Outcome: DryRun, RequestID: said.RequestID}, true
	case said.Code != ecsapi.CodeInvalidIPNotFound:
	case lost != nil && !req.DryRun:
		return Result{Outcome: PresumedReleased, RequestID: said.RequestID, Lost: lost}, true
	case req.IgnoreNotFound:
		return Result{Outcome: AlreadyReleased, RequestID: said.RequestID, Lost: lost}, true
	}
	return Result{}, false
}

// describe says in a few words how a release ended well.
func (r Result) describe(req Request) string {
	did := map[Outcome]string{
		Released:         "Released " + req.PublicIPAddress,
		PresumedReleased: req.PublicIPAddress + " is presumed released, since it is no longer on record",
		AlreadyReleased:  req.PublicIPAddress + " is not on record, and counts as released",
		DryRun:           "Dry run: " + req.PublicIPAddress + " would be released",
	}[r.Outcome]
	return did + " (request ID " + r.RequestID + ")"
}

// brief names the cause of a retry in a few words.
func brief(said *ecsapi.Error) string {
	switch {
	case said.Throttled():
		return "Throttled (" + said.Code + ")"
	case said.Kind == ecsapi.Answered:
		return "Answered " + said.Code
	case said.Kind == ecsapi.NotSent:
		return "Endpoint not reached"
	case said.Kind == ecsapi.Unsigned:
		return "No keys to sign with yet"
	case said.Kind == ecsapi.NotAPI:
		return fmt.Sprintf("Answered HTTP %d, and not by the API", said.HTTPStatus)
	}
	return "Answer lost"
}
