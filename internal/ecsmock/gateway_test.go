package ecsmock_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestCloseWaitsForRequestsBeingServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy, closed := make(chan struct{}), make(chan struct{})
		gateway, err := ecsmock.NewGateway(seed(), ecsmock.Observe(func(ecsmock.Call) { <-busy }))
		if err != nil {
			t.Fatal(err)
		}
		recorder := httptest.NewRecorder()
		go gateway.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/?"+signedNow(release(params{"PublicIpAddress": vpcIP})).Encode(), nil))
		synctest.Wait()
		go func() {
			gateway.Close()
			close(closed)
		}()
		synctest.Wait()
		select {
		case <-closed:
			t.Error("it closed while a request was being served")
		default:
		}
		close(busy)
		<-closed
		if recorder.Code != http.StatusOK {
			t.Errorf("the request was answered %d", recorder.Code)
		}
	})
}

func TestClosedGatewayAnswersNoMore(t *testing.T) {
	gateway, err := ecsmock.NewGateway(seed())
	if err != nil {
		t.Fatal(err)
	}
	gateway.Close()
	defer func() {
		wantAborted(t, recover())
		if calls := gateway.Calls(); len(calls) != 0 {
			t.Errorf("on record: %+v", calls)
		}
	}()
	gateway.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/?"+signedNow(describe(nil)).Encode(), nil))
}
