package publicip

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// modelRuns is how many random runs TestModel makes unless -rapid.checks says
// otherwise.
const modelRuns = "5000"

// step is what happens to one call of the model.
type step struct {
	Answer  answer
	Arrives bool          // it is carried out although its answer is lost
	Late    time.Duration // how long after the caller has given it up
	Latency time.Duration
}

type answer int

const (
	truth answer = iota // what the endpoint says

	// The answer is lost, and the call may have been carried out.
	none      // nothing came back
	foreign   // something that is not the API's
	internal  // InternalError
	newError  // a status of 500 with a code never seen
	newCode   // a status of 200 with one
	nonceUsed // something on the way sent the call twice

	// The call is not carried out, and another one may be.
	throttledAnswer
	busyState
	busyTask
	unsent
	noKeysYet

	// The call is not carried out, and no other one would be.
	denied
	untrusted

	answers
)

var lostAnswers = map[answer]error{
	none:      lost,
	foreign:   &ecsapi.Error{Kind: ecsapi.NotAPI, HTTPStatus: 502, Err: errors.New("html")},
	internal:  answered(500, ecsapi.CodeInternalError),
	newError:  answered(500, "Something.New"),
	newCode:   answered(200, "Something.New"),
	nonceUsed: answered(400, ecsapi.CodeSignatureNonceUsed),
}

var idleAnswers = map[answer]error{
	throttledAnswer: throttling,
	busyState:       answered(403, "IncorrectInstanceStatus.Initializing"),
	busyTask:        answered(400, ecsapi.CodeTaskConflict),
	unsent:          unreachable,
	noKeysYet:       &ecsapi.Error{Kind: ecsapi.Unsigned, Err: temporary{errors.New("no keys yet")}},
	denied:          forbidden,
	untrusted:       obstructed(ecsapi.Untrusted),
}

// The instances of the model. An address is the first's, until it is released and
// given to the second.
const first, second = "i-first", "i-second"

// holding is what the model knows of one address.
type holding struct {
	steps     []step        // of the calls for it; those after them are told the truth
	holder    string        // the instance that has it; empty: none
	given     time.Duration // how long after a release it is given to another instance; 0: never
	releases  int
	stolen    int       // releases from another instance than the one named
	over      bool      // its caller was told how it ended
	lost      bool      // an answer
	unreached time.Time // when the first of the calls began that found no connection
	last      time.Time // when its last call came back
}

// model is an endpoint, and an observer of what is asked of it.
type model struct {
	heeds     bool      // DryRun
	cancelled time.Time // when the user interrupts, if nothing ends before

	mu      sync.Mutex
	records map[string]*holding
	wrong   string // what should not have been called
}

func (m *model) ReleasePublicIPAddress(ctx context.Context, in ecsapi.ReleaseInput) (ecsapi.ReleaseOutput, error) {
	begun := time.Now()
	s := m.begin(ctx, in)
	time.Sleep(s.Latency)
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.records[in.PublicIPAddress]
	r.last = time.Now()
	if s.Answer != unsent {
		r.unreached = time.Time{}
	} else if r.unreached.IsZero() {
		r.unreached = begun
	}
	if err, idle := idleAnswers[s.Answer]; idle {
		r.over = s.Answer == denied || s.Answer == untrusted
		return ecsapi.ReleaseOutput{}, err
	}
	if err, gone := lostAnswers[s.Answer]; gone {
		r.lost = true
		if s.Arrives {
			time.AfterFunc(s.Late, func() {
				m.mu.Lock()
				defer m.mu.Unlock()
				_ = m.carryOut(r, in)
			})
		}
		return ecsapi.ReleaseOutput{}, err
	}
	r.over = true
	return ecsapi.ReleaseOutput{RequestID: "R-1"}, m.carryOut(r, in)
}

func (m *model) begin(ctx context.Context, in ecsapi.ReleaseInput) step {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.records[in.PublicIPAddress]
	timeUp, _ := ctx.Deadline()
	switch now := time.Now(); {
	case now.After(m.cancelled):
		m.wrong = "a call began after the interruption"
	case now.After(timeUp):
		m.wrong = "a call began after the time was up"
	case r.over:
		m.wrong = "a call was made for a release that was settled"
	case r.lost && in.InstanceID == "":
		m.wrong = "a call was made after a lost answer, and no instance is named"
	case !r.unreached.IsZero() && now.Sub(r.unreached) > time.Minute:
		m.wrong = "no connection was found for a minute, and another was tried"
	}
	if len(r.steps) == 0 {
		return step{}
	}
	s := r.steps[0]
	r.steps = r.steps[1:]
	return s
}

func (m *model) carryOut(r *holding, in ecsapi.ReleaseInput) error {
	switch {
	case r.holder == "" || in.InstanceID != "" && in.InstanceID != r.holder:
		return errNotFound
	case in.DryRun && m.heeds:
		return errDryRunDone
	}
	if r.holder != first {
		r.stolen++
	}
	r.holder = ""
	r.releases++
	if r.given > 0 {
		time.AfterFunc(r.given, func() {
			m.mu.Lock()
			defer m.mu.Unlock()
			r.holder = second
		})
	}
	return nil
}

// attempted is one release that is asked for, and what came of it.
type attempted struct {
	request Request
	timeout time.Duration
	atFirst bool // on record

	result  Result
	failure *Failure
	begun   time.Time
	ended   time.Time
}

// broken says which promise a release broke, if it broke one.
func (a *attempted) broken(r *holding, cancelled time.Time) string {
	end := a.begun.Add(a.timeout)
	if cancelled.Before(end) {
		end = cancelled
	}
	switch {
	case a.ended.After(end) && a.ended.After(r.last):
		return fmt.Sprintf("it went on for %s after its end", a.ended.Sub(end))
	case r.releases > 1:
		return fmt.Sprintf("%d effective releases", r.releases)
	case r.stolen != 0:
		return "an address was released that belonged to another instance"
	case a.failure != nil && a.failure.Lost == nil && r.releases != 0:
		return fmt.Sprintf("the address was released, and the error does not say that it may have been: %v", a.failure)
	case a.failure != nil:
		return ""
	case a.result.Outcome == DryRun && !a.request.DryRun:
		return "a dry run was reported that no one asked for"
	case a.result.Outcome != DryRun && r.holder == first:
		return fmt.Sprintf("outcome %s, and the address is there", a.result.Outcome)
	case a.result.Outcome == AlreadyReleased && !a.request.IgnoreNotFound:
		return "an address that is not on record was taken for a released one"
	case (a.result.Outcome == PresumedReleased) != (a.result.Lost != nil) && a.result.Outcome != AlreadyReleased:
		return fmt.Sprintf("outcome %s, and the lost answer is %v", a.result.Outcome, a.result.Lost)
	case a.result.Outcome != Released && a.result.Lost == nil && r.releases != 0:
		return fmt.Sprintf("outcome %s, the address was released, and nothing says that it may have been", a.result.Outcome)
	case (a.result.Outcome == Released || a.result.Outcome == PresumedReleased && a.atFirst) && r.releases != 1:
		return "a release was reported that did not happen"
	}
	return ""
}

func drawStep(rt *rapid.T) step {
	return step{
		Answer:  answer(rapid.IntRange(int(truth), int(answers)-1).Draw(rt, "answer")),
		Arrives: rapid.Bool().Draw(rt, "arrives"),
		Late:    drawTime(rt, "late", 600),
		Latency: drawTime(rt, "latency", 120),
	}
}

func drawTime(rt *rapid.T, label string, seconds int) time.Duration {
	return time.Duration(rapid.IntRange(0, 1000*seconds).Draw(rt, label)) * time.Millisecond
}

// TestModel makes random releases at random endpoints, a few at once, and
// checks of each what its user counts on. More runs:
// go test ./internal/publicip -run TestModel -rapid.checks=1000000.
func TestModel(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		_ = checks.Value.Set(modelRuns)
		t.Cleanup(func() { _ = checks.Value.Set(checks.DefValue) })
	}
	rapid.Check(t, func(rt *rapid.T) {
		bystander := &holding{holder: first}
		m := &model{heeds: rapid.Bool().Draw(rt, "heeds dry run"), records: map[string]*holding{"121.40.10.99": bystander}}
		releases := make([]attempted, rapid.IntRange(1, 3).Draw(rt, "releases"))
		for n := range releases {
			address := fmt.Sprintf("121.40.10.%d", n+1)
			there := rapid.IntRange(0, 3).Draw(rt, "on record") > 0
			m.records[address] = &holding{steps: rapid.SliceOfN(rapid.Custom(drawStep), 0, 12).Draw(rt, "steps")}
			if there {
				m.records[address].holder = first
			}
			if rapid.Bool().Draw(rt, "given to another") {
				m.records[address].given = time.Millisecond + drawTime(rt, "given after", 60)
			}
			releases[n] = attempted{
				request: Request{
					PublicIPAddress: address, RegionID: "cn-hangzhou", InstanceID: rapid.SampledFrom([]string{"", first}).Draw(rt, "instance"),
					DryRun:         rapid.IntRange(0, 3).Draw(rt, "dry run") == 0,
					IgnoreNotFound: rapid.Bool().Draw(rt, "ignore not found"),
				},
				timeout: time.Millisecond + drawTime(rt, "timeout", 600),
				atFirst: there,
			}
		}
		cancelAfter := drawTime(rt, "cancel after", 900)

		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			m.cancelled = time.Now().Add(cancelAfter)
			timer := time.AfterFunc(cancelAfter, cancel)
			defer timer.Stop()
			r := newReleaser(m)
			var wg sync.WaitGroup
			for n := range releases {
				wg.Go(func() {
					a := &releases[n]
					ctx, cancel := context.WithTimeout(ctx, a.timeout)
					defer cancel()
					a.begun = time.Now()
					a.result, a.failure = r.release(ctx, a.request, func(string) {})
					a.ended = time.Now()
				})
			}
			wg.Wait()
			time.Sleep(time.Hour) // until every late call has arrived
		})

		if m.wrong != "" {
			rt.Fatal(m.wrong)
		}
		if bystander.holder != first {
			rt.Fatal("another address was released")
		}
		for _, a := range releases {
			if broken := a.broken(m.records[a.request.PublicIPAddress], m.cancelled); broken != "" {
				rt.Fatalf("%s: %s", a.request.PublicIPAddress, broken)
			}
		}
	})
}
