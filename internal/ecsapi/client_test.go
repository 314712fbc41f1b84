package ecsapi_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// newClient returns a client for a server on loopback.
func newClient(address string, keys rpc.Keys) *ecsapi.Client {
	return ecsapi.New(rpc.New(rpc.Config{ConnectTimeout: time.Minute, ReadTimeout: time.Minute}), ecsapi.Config{
		Endpoint: strings.TrimPrefix(address, "http://"),
		Protocol: "http",
		Keys:     func(context.Context) (rpc.Keys, error) { return keys, nil },
	})
}

// serve starts a server, and returns a client for it.
func serve(tb testing.TB, handler http.HandlerFunc) (*ecsapi.Client, *httptest.Server) {
	tb.Helper()
	server := httptest.NewServer(handler)
	tb.Cleanup(server.Close)
	return newClient(server.URL, rpc.Keys{AccessKeyID: "mock-id", AccessKeySecret: "mock-secret"}), server
}

// failure returns the typed error of a call.
func failure(t *testing.T, err error) *ecsapi.Error {
	t.Helper()
	failed, ok := errors.AsType[*ecsapi.Error](err)
	if !ok {
		t.Fatalf("got %v, want an *ecsapi.Error", err)
	}
	return failed
}

// TestClient_signature has the mock, which shares no code with the client,
// check signatures over awkward keys.
func TestClient_signature(t *testing.T) {
	const secret, token = "s/e+c=r&t ~*'()", "t/o+k=e&n ~*'()é"
	server, err := ecsmock.New(ecsmock.Seed{Keys: []ecsmock.Key{{ID: "mock-id", Secret: secret, SecurityToken: token}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client := newClient(server.Addr(), rpc.Keys{AccessKeyID: "mock-id", AccessKeySecret: secret, SecurityToken: token})
	_, err = client.ReleasePublicIPAddress(t.Context(), ecsapi.ReleaseInput{RegionID: "cn-hangzhou", PublicIPAddress: "121.40.10.11"})
	if failed := failure(t, err); failed.Code != ecsapi.CodeInvalidIPNotFound {
		t.Errorf("got %v, want a signature that is accepted", failed)
	}
}

func TestClient_endpoint(t *testing.T) {
	for configured, want := range map[string]string{"": "ecs.eu-central-1.aliyuncs.com", "127.0.0.1:8080": "127.0.0.1:8080"} {
		client := ecsapi.New(rpc.New(rpc.Config{}), ecsapi.Config{Endpoint: configured, Keys: func(context.Context) (rpc.Keys, error) {
			return rpc.Keys{}, errors.New("no keys, so that nothing is sent")
		}})
		_, err := client.ReleasePublicIPAddress(t.Context(), ecsapi.ReleaseInput{RegionID: "eu-central-1"})
		if got := failure(t, err).Endpoint; got != want {
			t.Errorf("%q: got %s, want %s", configured, got, want)
		}
	}
}
