package ecsmock

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

var _ http.Handler = (*Gateway)(nil)

// NewGateway makes a Gateway from the seed. It fails with a *SeedError.
func NewGateway(seed Seed, options ...Option) (*Gateway, error) {
	if err := seed.validate(); err != nil {
		return nil, err
	}
	settings := apply(options)
	g := &Gateway{
		now:          settings.clock,
		ignoreDryRun: seed.IgnoreDryRun,
		remainTimes:  seed.RemainTimes,
		closing:      make(chan struct{}),
	}
	g.journal.observe = settings.observe
	g.faults.queue = slices.Clone(seed.Faults)
	for _, key := range seed.Keys {
		g.access.set(key)
	}
	for _, instance := range seed.Instances {
		g.records.instances = append(g.records.instances, newRecord(instance, g.now()))
	}
	return g, nil
}

// Gateway is the endpoint without a listener. Make it with NewGateway.
type Gateway struct {
	now          func() time.Time
	ignoreDryRun bool
	remainTimes  RemainTimes

	access  access
	records records
	limit   limit
	faults  faults
	journal journal

	mu       sync.Mutex
	closed   bool
	closing  chan struct{} // closed when held answers must end
	inFlight sync.WaitGroup
}

// Option changes how a Server or Gateway runs.
type Option func(*settings)

// Address sets where a Server listens, as host:port; port 0 takes a free one.
func Address(address string) Option { return func(s *settings) { s.address = address } }

// Clock replaces time.Now for timestamps, ages and the rate limit.
func Clock(now func() time.Time) Option { return func(s *settings) { s.clock = now } }

// Observe calls f with each request once its answer is decided, just before it
// is sent, and never twice at once.
func Observe(f func(Call)) Option { return func(s *settings) { s.observe = f } }

// ServeHTTP answers one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.begin() {
		panic(http.ErrAbortHandler)
	}
	defer g.inFlight.Done()

	req, refusal := decode(r)
	call := g.journal.begin(req, r, g.now())
	result := g.answer(req, refusal, call)
	g.journal.finish(call, result)
	result.send(w, r, g.closing)
}

// Close ends every answer that is held back and returns when no request is
// being served. Requests that still come are cut without an answer.
func (g *Gateway) Close() {
	g.free()
	g.inFlight.Wait()
}

// answer returns what the client gets: the true answer, or what a fault makes of it.
func (g *Gateway) answer(req request, refusal *apiError, call *Call) answer {
	id := newRequestID()
	if !strings.EqualFold(req.get("Format"), "JSON") {
		return inWords(req, id)
	}
	key, refusal := g.admit(req, refusal)
	if refusal != nil {
		return refusal.answer(req, id)
	}
	fault := g.faults.take(req)
	if fault == nil {
		return g.carryOut(req, key, id, call, "")
	}
	g.journal.update(call, func(c *Call) { c.Fault = fault.Kind })

	truth := errInternal.answer(req, id)
	if fault.After {
		truth = g.carryOut(req, key, id, call, fault.GivenTo)
	}
	if !fault.hold(g.closing) {
		return answer{manner: CloseConnection}
	}
	if fault.Kind == Pass && !fault.After {
		truth = g.carryOut(req, key, id, call, fault.GivenTo)
	}
	return fault.disfigure(truth, req)
}

// admit lets a request through to the faults, or says why not.
func (g *Gateway) admit(req request, refusal *apiError) (Key, *apiError) {
	if refusal != nil {
		return Key{}, refusal
	}
	now := g.now()
	key, refusal := g.access.verify(req, now)
	if refusal != nil {
		return Key{}, refusal
	}
	return key, g.limit.take(now)
}

func (g *Gateway) carryOut(req request, key Key, id string, call *Call, givenTo string) answer {
	if req.action() == actionDescribe {
		return g.describeInstances(req, key, id)
	}
	result := g.releasePublicIP(req, key, id, call)
	if call.Released {
		g.records.give(req.get("PublicIpAddress"), givenTo)
	}
	return result
}

func (g *Gateway) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.inFlight.Add(1)
	return true
}

// free ends everything that waits, without waiting for it to end.
func (g *Gateway) free() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.closed = true
		close(g.closing)
	}
}

type settings struct {
	address string
	clock   func() time.Time
	observe func(Call)
}

func apply(options []Option) settings {
	s := settings{address: "127.0.0.1:0", clock: time.Now}
	for _, option := range options {
		option(&s)
	}
	return s
}
