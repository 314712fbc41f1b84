package publicip

import (
	"cmp"
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// Rates are in requests a second.
const (
	paceStart    = 20 // the rate after the first throttling, before a better one is known
	paceMin      = 1
	paceDecrease = 0.9  // of the rate that went through
	paceIncrease = 0.25 // of the rate that went through, each second
	paceSearch   = 1    // paceIncrease after the first throttling: paceStart is a guess
	paceFree     = 500  // the rate at which the limit is lifted
	// paceWindow is the time in which the rate falls at most once: requests under
	// way still follow the earlier rate.
	paceWindow = time.Second
)

// pacer is what the calls of one account know together of throttling. It costs
// nothing until the first is throttled; from then on all keep to one rate, which
// falls by a factor and rises by a step (AIMD).
type pacer struct {
	limiter *rate.Limiter
	turn    chan struct{}

	mu      sync.Mutex
	since   time.Time  // when the rate last fell, at first when answers began
	through int        // requests not throttled since then
	step    rate.Limit // by which the rate rises in a second
}

func newPacer() *pacer {
	return &pacer{limiter: rate.NewLimiter(rate.Inf, 1), turn: make(chan struct{}, 1)}
}

// wait returns when the next request may be sent, or the context's error when
// it ends before that.
func (p *pacer) wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil || p.limiter.Limit() == rate.Inf {
		return err
	}
	// Only one waits at the limiter: turns that it gave out at an earlier rate
	// would collide with those of the present one.
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := p.limiter.Wait(ctx); err != nil {
		return cmp.Or(ctx.Err(), context.DeadlineExceeded) // the turn comes after it
	}
	return nil
}

// learn changes the rate after a call that returned err. A call that was not sent
// says nothing about what the endpoint accepts.
func (p *pacer) learn(err error) {
	said := typed(err)
	if said.Kind == ecsapi.NotSent || said.Kind == ecsapi.Unsigned {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.since.IsZero() {
		p.since = now
	}
	limit := p.limiter.Limit()
	elapsed := now.Sub(p.since)
	switch {
	case !said.Throttled():
		p.through++
		if limit += p.step / limit; limit >= paceFree {
			limit = rate.Inf
		}
		p.limiter.SetLimit(limit)
	case limit != rate.Inf && elapsed < paceWindow:
		return
	default:
		went, increase := rate.Limit(paceStart), rate.Limit(paceIncrease)
		if limit == rate.Inf {
			increase = paceSearch
		}
		if elapsed >= paceWindow {
			went = rate.Limit(float64(p.through) / elapsed.Seconds())
		}
		went = max(paceMin, min(limit, went))
		p.limiter.SetLimit(paceDecrease * went)
		p.since, p.through, p.step = now, 0, increase*went
	}
}
