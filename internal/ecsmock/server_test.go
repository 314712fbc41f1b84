package ecsmock_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestServer_hundred_callers_at_once(t *testing.T) {
	const callers, each = 100, 20
	s := seed()
	s.Instances = nil
	for i := range callers {
		s.Instances = append(s.Instances, ecsmock.Instance{
			ID: fmt.Sprint("i-", i), Region: region, Network: ecsmock.Classic, PublicIPs: []string{fmt.Sprint("121.42.0.", i)},
		})
	}
	server := start(t, s)
	var released sync.Map
	var wait sync.WaitGroup
	for i := range callers {
		wait.Go(func() {
			for j := range each {
				// Twenty callers release each address at once.
				address := fmt.Sprint("121.42.0.", (i+j)%callers)
				o := observe(server, release(params{"PublicIpAddress": address}))
				switch {
				case o.status == 200:
					if _, twice := released.LoadOrStore(address, true); twice {
						t.Errorf("%s was released twice", address)
					}
				case !o.says("InvalidIpAddress.NotFound"):
					t.Errorf("%s: %d %s %v", address, o.status, o.start, o.err)
				}
			}
		})
	}
	wait.Wait()
	wantReleases(t, server, callers)
	if n := len(server.Calls()); n != callers*each {
		t.Errorf("%d calls on record, want %d", n, callers*each)
	}
}

func TestServer_traffic(t *testing.T) {
	server := start(t, seed())
	if got := server.Traffic(); got != (ecsmock.Traffic{}) {
		t.Errorf("before the first request: %+v", got)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	ask := func() {
		response, err := (&http.Client{Transport: transport}).Post(server.URL()+target(describe(nil)), "", nil)
		wantAnswer(t, response, err, 200, "")
	}
	ask()
	ask()
	got := server.Traffic()
	if got.Opened != 1 || got.BytesRead < 500 || got.BytesWritten < 500 {
		t.Errorf("after two requests on one connection: %+v", got)
	}
	_ = observe(server, describe(nil))
	if got := server.Traffic(); got.Opened != 2 {
		t.Errorf("after a second connection: %+v", got)
	}
}

func TestServer_refuse_and_accept(t *testing.T) {
	server := start(t, seed())
	url := server.URL()
	server.Refuse()
	if o := observe(server, describe(nil)); !errors.Is(o.err, syscall.ECONNREFUSED) {
		t.Errorf("while refusing: %v", o.err)
	}
	if err := server.Accept(); err != nil {
		t.Fatal(err)
	}
	if server.URL() != url {
		t.Errorf("it moved from %s to %s", url, server.URL())
	}
	wantCode(t, server, release(nil), 200, "")
	server.Close()
	server.Close() // harmless
	if server.Accept() == nil {
		t.Error("a closed server accepts again")
	}
}
