package ecsmock

import (
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Call is the record of one request. Params hold signature and token, and belong
// to the record: read them, do not change them.
type Call struct {
	Time      time.Time
	Method    string
	Action    string
	Params    url.Values // of query and form, and of the headers of signature V3
	UserAgent string

	// Status is that of the answer, or 0 before there is one and if none is
	// sent. Code is empty on success, and where a fault replaced the answer by
	// one that is not the API's.
	Status    int
	Code      string
	RequestID string
	Fault     Kind // the fault that met it, if any
	Released  bool // it released an address, whatever its answer said
}

// Calls returns a snapshot of all requests in the order of their arrival,
// refused ones included.
func (g *Gateway) Calls() []Call { return g.journal.snapshot("") }

// CallsOf returns a snapshot of the requests for one action.
func (g *Gateway) CallsOf(action string) []Call { return g.journal.snapshot(action) }

// Releases counts the effective releases so far.
func (g *Gateway) Releases() int {
	n := 0
	for _, call := range g.journal.snapshot(actionRelease) {
		if call.Released {
			n++
		}
	}
	return n
}

// ForgetCalls empties the record of requests. The instances stay as they are.
func (g *Gateway) ForgetCalls() {
	g.journal.mu.Lock()
	defer g.journal.mu.Unlock()
	g.journal.calls = nil
}

type journal struct {
	mu    sync.Mutex
	calls []*Call

	observing sync.Mutex
	observe   func(Call)
}

func (j *journal) begin(req request, r *http.Request, now time.Time) *Call {
	call := &Call{
		Time: now, Method: r.Method, Action: req.action(), Params: req.params,
		UserAgent: r.UserAgent(),
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls = append(j.calls, call)
	return call
}

func (j *journal) update(call *Call, change func(*Call)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change(call)
}

func (j *journal) finish(call *Call, result answer) {
	var settled Call
	j.update(call, func(c *Call) {
		c.Status, c.Code, c.RequestID = result.status, result.code, result.requestID
		settled = *c
	})
	if j.observe == nil {
		return
	}
	j.observing.Lock()
	defer j.observing.Unlock()
	j.observe(settled)
}

func (j *journal) snapshot(action string) []Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	calls := make([]Call, 0, len(j.calls))
	for _, call := range j.calls {
		if action == "" || call.Action == action {
			calls = append(calls, *call)
		}
	}
	return calls
}
