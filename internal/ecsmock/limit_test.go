package ecsmock_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestRateLimit(t *testing.T) {
	c := newClock()
	server := start(t, seed(), ecsmock.Clock(c.read))
	server.SetRateLimit(40, 2)
	throttled := func(want bool) http.Header {
		t.Helper()
		status, code := 200, ""
		if want {
			status, code = 400, "Throttling.User"
		}
		response, err := send(server, c.stamp(describe(nil)))
		wantAnswer(t, response, err, status, code)
		return response.Header
	}
	throttled(false)
	throttled(false)
	header := throttled(true)
	for _, name := range []string{"x-ratelimit-user", "x-ratelimit-user-api"} {
		if got := header.Get(name); got != "Limit:40,Remain:0,TimeLeft:25" {
			t.Errorf("%s is %q", name, got)
		}
	}
	c.now = c.now.Add(24 * time.Millisecond)
	throttled(true)
	c.now = c.now.Add(time.Millisecond) // a request that was throttled cost nothing
	throttled(false)
	throttled(true)
	c.now = c.now.Add(time.Hour) // no more than the burst is saved
	throttled(false)
	throttled(false)
	throttled(true)

	// One bucket for all actions, met before the faults.
	server.Inject(ecsmock.Fault{Kind: ecsmock.CloseConnection})
	wantCode(t, server, c.stamp(release(nil)), 400, "Throttling.User")
	wantReleases(t, server, 0)

	server.SetRateLimit(1, 2)
	if response, err := send(server, c.stamp(describe(nil))); err == nil {
		response.Body.Close()
		t.Error("the throttled request used up the fault")
	}
	throttled(false) // of a burst of 2, the fault had one
	throttled(true)
	server.SetRateLimit(0, 0)
	throttled(false)
}
