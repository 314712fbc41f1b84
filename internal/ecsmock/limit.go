package ecsmock

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// SetRateLimit changes the rate limit from now on: requests per second over
// all actions, and how many may come at once. A rate of 0 removes it.
func (g *Gateway) SetRateLimit(perSecond float64, burst int) {
	l := &g.limit
	l.mu.Lock()
	defer l.mu.Unlock()
	l.perSecond, l.burst, l.tokens, l.last = perSecond, float64(burst), float64(burst), g.now()
}

// limit is a token bucket. A request that is refused takes no token.
type limit struct {
	mu        sync.Mutex
	perSecond float64
	burst     float64
	tokens    float64
	last      time.Time
}

func (l *limit) take(now time.Time) *apiError {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.perSecond == 0 {
		return nil
	}
	if now.After(l.last) {
		l.tokens = min(l.burst, l.tokens+now.Sub(l.last).Seconds()*l.perSecond)
		l.last = now
	}
	if l.tokens >= 1 {
		l.tokens--
		return nil
	}
	wait := time.Duration((1 - l.tokens) / l.perSecond * float64(time.Second))
	return errThrottlingUser.throttled(l.perSecond, wait)
}

// throttled adds the headers that say how many milliseconds to wait.
func (e *apiError) throttled(perSecond float64, wait time.Duration) *apiError {
	value := fmt.Sprintf("Limit:%g,Remain:0,TimeLeft:%d", perSecond, max(1, wait.Milliseconds()))
	changed := *e
	changed.header = http.Header{"X-Ratelimit-User-Api": {value}, "X-Ratelimit-User": {value}}
	return &changed
}
