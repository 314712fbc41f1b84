package ecsmock_test

import (
	"net/http"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestJournal(t *testing.T) {
	c := newClock()
	var observed []ecsmock.Call
	server := start(t, seed(), ecsmock.Clock(c.read), ecsmock.Observe(func(call ecsmock.Call) { observed = append(observed, call) }))

	query := signed(http.MethodPost, c.stamp(release(nil)))
	query.Del("PublicIpAddress")
	request := newRequest(t, http.MethodPost, server.URL()+"/?"+query.Encode(), formType, "PublicIpAddress="+vpcIP)
	request.Header.Set("User-Agent", "a-client/1.2")
	response, err := client.Do(request)
	answer := wantAnswer(t, response, err, 200, "")
	response, err = client.Get(server.URL() + "/?Format=JSON&Action=Nonsense")
	refused := wantAnswer(t, response, err, 404, "InvalidAction.NotFound")

	calls := server.Calls()
	if len(calls) != 2 || len(observed) != 2 || observed[0].RequestID != calls[0].RequestID || observed[1].RequestID != calls[1].RequestID {
		t.Fatalf("on record: %+v, observed: %+v", calls, observed)
	}
	released, other := calls[0], calls[1]
	if released.Method != http.MethodPost || released.Action != "ReleasePublicIpAddress" || released.UserAgent != "a-client/1.2" ||
		released.Params.Get("PublicIpAddress") != vpcIP || released.Params.Get("AccessKeyId") != keyID ||
		!released.Time.Equal(c.now) {
		t.Errorf("on record: %+v", released)
	}
	if released.Status != 200 || released.Code != "" || released.RequestID != answer.RequestID || !released.Released {
		t.Errorf("on record: %+v", released)
	}
	if other.Method != http.MethodGet || other.Status != 404 || other.Code != "InvalidAction.NotFound" ||
		other.RequestID != refused.RequestID || other.Released {
		t.Errorf("on record: %+v", other)
	}
	if n := len(server.CallsOf("ReleasePublicIpAddress")); n != 1 {
		t.Errorf("%d releases on record", n)
	}
	server.ForgetCalls()
	if n := len(server.Calls()); n != 0 {
		t.Errorf("%d calls are remembered", n)
	}
	wantReleases(t, server, 0)
}
