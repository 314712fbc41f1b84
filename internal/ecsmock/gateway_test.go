package ecsmock_test

import (
	"testing"
	"testing/synctest"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestGateway_close_waits_for_requests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy, closed := make(chan struct{}), make(chan struct{})
		gateway, err := ecsmock.NewGateway(seed(), ecsmock.Observe(func(ecsmock.Call) { <-busy }))
		if err != nil {
			t.Fatal(err)
		}
		answered := make(chan int, 1)
		go func() {
			recorder, _ := serve(t.Context(), gateway, release(nil))
			answered <- recorder.Code
		}()
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
		if status := <-answered; status != 200 {
			t.Errorf("the request was answered %d", status)
		}
	})
}

func TestGateway_closed_answers_no_more(t *testing.T) {
	gateway := newGateway(t)
	gateway.Close()
	if _, cut := serve(t.Context(), gateway, describe(nil)); !cut || len(gateway.Calls()) != 0 {
		t.Errorf("cut: %t, on record: %+v", cut, gateway.Calls())
	}
}
