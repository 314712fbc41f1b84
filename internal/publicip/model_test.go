package publicip

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// step is what happens to one call of the model: whether it is carried out, and
// what the caller gets to see of it.
type step struct {
	Arrives bool // the endpoint carries the call out
	Answer  answer
	Latency time.Duration
}

type answer int

const (
	truth           answer = iota // what the endpoint says
	none                          // nothing
	foreign                       // something that is not the API's
	internal                      // InternalError
	throttledAnswer               // Throttling.User, which is never carried out
	busyState                     // IncorrectInstanceStatus, likewise
	unsent                        // the call never left
	denied                        // Forbidden.RAM, likewise
)

// model is an endpoint with one address on record, or none.
type model struct {
	steps    []step
	onRecord string
	heeds    bool // DryRun

	releases, calls int
	touched         bool // another address
}

func (m *model) ReleasePublicIPAddress(ctx context.Context, in ecsapi.ReleaseInput) (ecsapi.ReleaseOutput, error) {
	s := step{Arrives: true}
	if m.calls < len(m.steps) {
		s = m.steps[m.calls]
	}
	m.calls++
	time.Sleep(s.Latency)
	switch s.Answer {
	case throttledAnswer, busyState, unsent, denied:
		s.Arrives = false
	case truth:
		s.Arrives = true
	}
	out, err := ecsapi.ReleaseOutput{}, error(nil)
	if s.Arrives {
		out, err = m.carryOut(in)
	}
	switch s.Answer {
	case none:
		return ecsapi.ReleaseOutput{}, lost
	case foreign:
		return ecsapi.ReleaseOutput{}, &ecsapi.Error{Kind: ecsapi.NotAPI, HTTPStatus: 502, Err: errors.New("html")}
	case internal:
		return ecsapi.ReleaseOutput{}, answered(500, ecsapi.CodeInternalError)
	case throttledAnswer:
		return ecsapi.ReleaseOutput{}, throttling
	case busyState:
		return ecsapi.ReleaseOutput{}, starting
	case unsent:
		return ecsapi.ReleaseOutput{}, unreachable
	case denied:
		return ecsapi.ReleaseOutput{}, forbidden
	}
	return out, err
}

func (m *model) carryOut(in ecsapi.ReleaseInput) (ecsapi.ReleaseOutput, error) {
	switch {
	case m.onRecord == "" || in.PublicIPAddress != m.onRecord:
		m.touched = m.touched || in.PublicIPAddress != testRequest.PublicIPAddress
		return ecsapi.ReleaseOutput{}, errNotFound
	case in.DryRun && m.heeds:
		return ecsapi.ReleaseOutput{}, errDryRunDone
	}
	m.onRecord = ""
	m.releases++
	return ecsapi.ReleaseOutput{RequestID: "R-1"}, nil
}

// TestModel makes random releases at random endpoints, and checks of each what
// its user counts on. More runs: go test ./internal/publicip -run TestModel
// -rapid.checks=100000.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{
			steps: rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
				return step{
					Arrives: rapid.Bool().Draw(rt, "arrives"),
					Answer:  answer(rapid.IntRange(int(truth), int(denied)).Draw(rt, "answer")),
					Latency: time.Duration(rapid.IntRange(0, 120_000).Draw(rt, "latency")) * time.Millisecond,
				}
			}), 0, 12).Draw(rt, "steps"),
			heeds: rapid.Bool().Draw(rt, "heeds dry run"),
		}
		if rapid.IntRange(0, 3).Draw(rt, "on record") > 0 {
			m.onRecord = testRequest.PublicIPAddress
		}
		atFirst := m.onRecord != ""
		req := testRequest
		req.DryRun = rapid.IntRange(0, 3).Draw(rt, "dry run") == 0
		req.IgnoreNotFound = rapid.Bool().Draw(rt, "ignore not found")
		timeout := time.Duration(rapid.IntRange(1, 600_000).Draw(rt, "timeout")) * time.Millisecond
		cancelAfter := time.Duration(rapid.IntRange(0, 900_000).Draw(rt, "cancel after")) * time.Millisecond

		var result Result
		var failure *Error
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			timer := time.AfterFunc(cancelAfter, cancel)
			defer timer.Stop()
			result, failure = newReleaser(m).release(ctx, req, func(string) {})
		})

		gone := m.onRecord == ""
		switch {
		case m.touched:
			rt.Fatal("another address was asked for")
		case m.releases > 1:
			rt.Fatalf("%d effective releases", m.releases)
		case failure == nil && result.Outcome == DryRun && !req.DryRun:
			rt.Fatal("a dry run was reported that no one asked for")
		case failure == nil && result.Outcome != DryRun && !gone:
			rt.Fatalf("outcome %s, and the address is there", result.Outcome)
		case failure == nil && result.Outcome == Released && result.Lost == nil && m.releases != 1:
			rt.Fatal("a release was reported without doubt that did not happen")
		case failure == nil && result.Outcome == AlreadyReleased && !req.IgnoreNotFound:
			rt.Fatal("an address that is not on record was taken for a released one")
		case failure == nil && result.Lost != nil && atFirst && m.releases != 1:
			rt.Fatal("a release was inferred that did not happen")
		case failure != nil && failure.Lost == nil && m.releases != 0:
			rt.Fatalf("the address was released, and the error does not say that it may have been: %v", failure)
		}
	})
}
