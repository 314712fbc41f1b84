package ecsmock_test

import (
	"net/http"
	"reflect"
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

	want := []ecsmock.Call{
		{Time: c.now, Method: http.MethodPost, Action: "ReleasePublicIpAddress", UserAgent: "a-client/1.2", Status: 200, RequestID: answer.RequestID, Released: true},
		{Time: c.now, Method: http.MethodGet, Action: "Nonsense", UserAgent: "Go-http-client/1.1", Status: 404, Code: "InvalidAction.NotFound",
			RequestID: refused.RequestID},
	}
	calls := server.Calls()
	if !reflect.DeepEqual(calls, observed) || calls[0].Params.Get("PublicIpAddress") != vpcIP || calls[0].Params.Get("AccessKeyId") != keyID {
		t.Errorf("on record: %+v, observed: %+v", calls, observed)
	}
	calls[0].Params, calls[1].Params = nil, nil
	if !reflect.DeepEqual(calls, want) {
		t.Errorf("on record: %+v, want %+v", calls, want)
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
