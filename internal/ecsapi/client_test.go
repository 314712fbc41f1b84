package ecsapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alibabacloud-go/tea/tea"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// serve starts a server, and returns a client for it with short timeouts.
func serve(t *testing.T, handler http.HandlerFunc, change ...func(*ecsapi.Config)) (*ecsapi.Client, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	cfg := ecsapi.Config{
		Endpoint:       strings.TrimPrefix(server.URL, "http://"),
		Protocol:       "http",
		Credentials:    staticKeys("mock-id", "mock-secret", ""),
		ConnectTimeout: 100 * time.Millisecond,
		ReadTimeout:    100 * time.Millisecond,
	}
	for _, c := range change {
		c(&cfg)
	}
	return ecsapi.New(cfg), server
}

func staticKeys(id, secret, token string) func(context.Context) (ecsapi.Credentials, error) {
	return func(context.Context) (ecsapi.Credentials, error) {
		return ecsapi.Credentials{AccessKeyID: id, AccessKeySecret: secret, SecurityToken: token}, nil
	}
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

func TestClient_request(t *testing.T) {
	var got *http.Request
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = io.WriteString(w, released)
	}, longTimeouts, func(cfg *ecsapi.Config) {
		cfg.Credentials = staticKeys("mock-id", "mock-secret", "mock-token")
		cfg.UserAgent = "test/1"
		cfg.SourceIP, cfg.SecureTransport = "121.40.1.1", "true"
	})
	in := benchInput
	in.DryRun = true
	if _, err := client.ReleasePublicIPAddress(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Action": "ReleasePublicIpAddress", "Version": "2014-05-26", "RegionId": "cn-hangzhou", "PublicIpAddress": "121.40.10.11",
		"InstanceId": in.InstanceID, "DryRun": "true", "AccessKeyId": "mock-id", "SecurityToken": "mock-token",
		"SourceIp": "121.40.1.1", "SecureTransport": "true",
	} {
		if value := got.URL.Query().Get(name); value != want {
			t.Errorf("%s is %q, want %q", name, value, want)
		}
	}
	if got.Method != http.MethodPost || !strings.HasSuffix(got.UserAgent(), "test/1") || got.Header.Get("X-Exchange") != "" || got.Header.Get("Accept-Encoding") != "" {
		t.Errorf("%s with headers %v", got.Method, got.Header)
	}
}

// TestClient_signature has the mock, which shares no code with the client,
// check signatures over awkward keys.
// Whether there is a proxy is for the transport to know: tea looks into the
// environment as well.
func TestClient_proxy_of_the_environment(t *testing.T) {
	for name, proxy := range map[string]string{
		"with-password": "http://user:proxy-password@127.0.0.1:9", "by-host": "proxy.test:9", "by-address": "127.0.0.1:9", "by-ipv6": "[::1]:9",
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
				t.Setenv(variable, proxy)
			}
			client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("Proxy-Authorization"); got != "" {
					t.Errorf("the endpoint was told %q", got)
				}
				_, _ = io.WriteString(w, released)
			}, longTimeouts)
			if _, err := client.ReleasePublicIPAddress(t.Context(), benchInput); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestClient_signature(t *testing.T) {
	const secret, token = "s/e+c=r&t ~*'()", "t/o+k=e&n ~*'()é"
	server, err := ecsmock.New(ecsmock.Seed{Keys: []ecsmock.Key{{ID: "mock-id", Secret: secret, SecurityToken: token}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	client := ecsapi.New(ecsapi.Config{
		Endpoint: server.Addr(), Protocol: "http", Credentials: staticKeys("mock-id", secret, token),
		ConnectTimeout: time.Minute, ReadTimeout: time.Minute,
	})
	_, err = client.ReleasePublicIPAddress(t.Context(), ecsapi.ReleaseInput{RegionID: "cn-hangzhou", PublicIPAddress: "121.40.10.11"})
	if failed := failure(t, err); failed.Code != ecsapi.CodeInvalidIPNotFound {
		t.Errorf("got %v, want a signature that is accepted", failed)
	}
}

// TestClient_answers checks what the SDK's own client gets wrong: panics,
// statuses lost, bodies without end, redirects followed.
func TestClient_answers(t *testing.T) {
	var visits atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visits.Add(1)
		_, _ = io.WriteString(w, released)
	}))
	t.Cleanup(elsewhere.Close)
	redirect := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(status)
		}
	}
	body := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		}
	}
	hijack := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, text)
				_ = conn.Close()
			}
		}
	}
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	hold := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_, _ = io.WriteString(conn, text)
				<-over
				_ = conn.Close()
			}
		}
	}
	// Gzip members may be strung together: this is an answer, and 1 GiB of blanks.
	bomb := append(gzipped(t, released), bytes.Repeat(gzipped(t, strings.Repeat(" ", 1<<20)), 1<<10)...)
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		kind    ecsapi.Kind
		status  int
	}{
		"empty":       {body(200, ""), ecsapi.NotAPI, 200},
		"no-content":  {body(204, ""), ecsapi.NotAPI, 204},
		"null":        {body(200, "null"), ecsapi.NotAPI, 200},
		"array":       {body(200, "[]"), ecsapi.NotAPI, 200},
		"html-502":    {body(502, "<html>"), ecsapi.NotAPI, 502},
		"moved":       {redirect(301), ecsapi.NotAPI, 301},
		"found":       {redirect(302), ecsapi.NotAPI, 302},
		"see-other":   {redirect(303), ecsapi.NotAPI, 303},
		"temporary":   {redirect(307), ecsapi.NotAPI, 307},
		"permanent":   {redirect(308), ecsapi.NotAPI, 308},
		"closed":      {hijack(""), ecsapi.NoAnswer, 0},
		"not-http":    {hijack("hello\r\n\r\n"), ecsapi.NoAnswer, 0},
		"half-a-body": {hijack("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Req"), ecsapi.NoAnswer, 200},
		// net/http hands the connection over, and no context bounds what is read.
		"switched-protocols": {hold("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"), ecsapi.NotAPI, 101},
		"hints-without-end":  {hold(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n", 1<<14)), ecsapi.NoAnswer, 0},
		"huge-trailer":       {hold("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + strings.Repeat("x", 1<<17) + "\r\n\r\n"), ecsapi.NoAnswer, 200},
		"odd-status":         {hijack("HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\n{}"), ecsapi.NotAPI, 999},
		"huge-header":        {hijack("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<17) + "\r\n\r\n"), ecsapi.NoAnswer, 0},
		"gzip-bomb-not-asked-for": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		}, ecsapi.NotAPI, 200},
		"body-without-end": {func(w http.ResponseWriter, _ *http.Request) {
			for chunk := strings.Repeat(" ", 1<<16); ; {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}, ecsapi.NotAPI, 200},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := serve(t, tc.handler, longTimeouts)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := client.ReleasePublicIPAddress(t.Context(), benchInput)
			runtime.ReadMemStats(&after)
			if failed := failure(t, err); failed.Kind != tc.kind || failed.HTTPStatus != tc.status {
				t.Errorf("got kind %d and status %d (%v), want %d and %d", failed.Kind, failed.HTTPStatus, failed, tc.kind, tc.status)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
				t.Errorf("%d bytes were allocated for one answer", used)
			}
		})
	}
	if got := visits.Load(); got != 0 {
		t.Errorf("redirects were followed %d times", got)
	}
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestClient_largest_answer checks the limit from both sides.
func TestClient_largest_answer(t *testing.T) {
	for name, tc := range map[string]struct {
		size int
		kind ecsapi.Kind // 0: success
	}{
		"at-the-limit":   {1 << 20, 0},
		"over-the-limit": {1<<20 + 1, ecsapi.NotAPI},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, released+strings.Repeat(" ", tc.size-len(released)))
			}, longTimeouts)
			_, err := client.ReleasePublicIPAddress(t.Context(), benchInput)
			switch {
			case tc.kind == 0 && err != nil:
				t.Error(err)
			case tc.kind != 0 && (failure(t, err).Kind != tc.kind || !strings.Contains(err.Error(), "HTTP 200: the answer is larger than 1048576 bytes")):
				t.Errorf("got %v, want an answer that is too large", err)
			}
		})
	}
}

func TestClient_silence_is_bounded(t *testing.T) {
	release := make(chan struct{})
	client, _ := serve(t, func(http.ResponseWriter, *http.Request) { <-release }, longTimeouts,
		func(cfg *ecsapi.Config) { cfg.ReadTimeout = 100 * time.Millisecond })
	t.Cleanup(func() { close(release) })
	_, err := client.ReleasePublicIPAddress(t.Context(), benchInput)
	if failed := failure(t, err); failed.Kind != ecsapi.NoAnswer || !strings.Contains(failed.Error(), "timeout awaiting response headers") {
		t.Errorf("got %v, want no answer within the read timeout", failed)
	}
}

func TestClient_drip_is_bounded(t *testing.T) {
	release := make(chan struct{})
	client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "{")
		_ = http.NewResponseController(w).Flush()
		<-release
	})
	t.Cleanup(func() { close(release) })
	_, err := client.ReleasePublicIPAddress(t.Context(), benchInput)
	if failed := failure(t, err); failed.Kind != ecsapi.NoAnswer || failed.HTTPStatus != 200 || !strings.Contains(failed.Error(), "no whole answer within 200ms") {
		t.Errorf("got %v, want half an answer", failed)
	}
}

func TestClient_not_sent(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	silence := func(server *httptest.Server) *httptest.Server {
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // failed handshakes
		server.StartTLS()
		t.Cleanup(server.Close)
		return server
	}
	unknown := silence(httptest.NewUnstartedServer(http.NotFoundHandler()))
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} // #nosec G402 -- it must be refused
	silence(old)
	noName := strings.Repeat("e", 64) // longer than a part of a name can be: no resolver is asked for it
	for name, tc := range map[string]struct{ endpoint, protocol, says string }{
		"refused":           {closed.Addr().String(), "http", "connection refused"},
		"no-such-name":      {noName, "http", "lookup " + noName},
		"no-tls":            {plain.Listener.Addr().String(), "https", "does not look like a TLS handshake"},
		"old-tls":           {old.Listener.Addr().String(), "https", "protocol version"},
		"unknown-authority": {unknown.Listener.Addr().String(), "https", "unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := serve(t, http.NotFound, longTimeouts, func(cfg *ecsapi.Config) { cfg.Endpoint, cfg.Protocol = tc.endpoint, tc.protocol })
			_, err := client.ReleasePublicIPAddress(t.Context(), benchInput)
			failed := failure(t, err)
			if failed.Kind != ecsapi.NotSent || !strings.Contains(failed.Error(), tc.says) || strings.Contains(failed.Error(), "Signature") {
				t.Errorf("got %v, want a request that never left: %s", failed, tc.says)
			}
		})
	}
}

// TestClient_silent_proxy checks that a proxy that takes a connection, and says
// no more, counts as a request that never left.
func TestClient_silent_proxy(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	client, _ := serve(t, http.NotFound, func(cfg *ecsapi.Config) {
		cfg.Endpoint, cfg.Protocol = "ecs.mock.invalid", "https"
		cfg.Proxy = func(*http.Request) (*url.URL, error) {
			return &url.URL{Scheme: "http", User: url.UserPassword("user", "password"), Host: listener.Addr().String()}, nil
		}
	})
	_, err = client.ReleasePublicIPAddress(t.Context(), benchInput)
	if failed := failure(t, err); failed.Kind != ecsapi.NotSent || !strings.HasSuffix(failed.Error(), ": no connection within 200ms") {
		t.Errorf("got %v, want a request that never left", failed)
	}
}

// TestClient_handshake_is_bounded checks that the connect timeout alone ends a
// connection that comes to nothing.
func TestClient_handshake_is_bounded(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	client, _ := serve(t, http.NotFound, longTimeouts, func(cfg *ecsapi.Config) {
		cfg.Endpoint, cfg.Protocol, cfg.ConnectTimeout = listener.Addr().String(), "https", 50*time.Millisecond
	})
	_, err = client.ReleasePublicIPAddress(t.Context(), benchInput)
	if failed := failure(t, err); failed.Kind != ecsapi.NotSent || !strings.Contains(failed.Error(), "TLS handshake timeout") {
		t.Errorf("got %v, want a handshake that took too long", failed)
	}
}

// TestClient_cancelled_while_queueing takes every connection that a client may
// have, and cancels a call that waits for one.
func TestClient_cancelled_while_queueing(t *testing.T) {
	arrived, answer := make(chan struct{}, connections+1), make(chan struct{})
	client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-answer
		_, _ = io.WriteString(w, released)
	}, longTimeouts)
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			if _, err := client.ReleasePublicIPAddress(t.Context(), benchInput); err != nil {
				t.Error(err)
			}
		})
	}
	for range connections {
		<-arrived
	}
	ctx, cancel := context.WithCancel(t.Context())
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GetConn: func(string) { cancel() }})
	_, err := client.ReleasePublicIPAddress(ctx, benchInput)
	if failed := failure(t, err); failed.Kind != ecsapi.NotSent || !errors.Is(failed, context.Canceled) {
		t.Errorf("got %v, want a request that never left", failed)
	}
	close(answer)
	wg.Wait()
	if len(arrived) != 0 {
		t.Error("the call that was cancelled arrived")
	}
}

// TestClient_keys checks that keys which do not sign end a call before there is
// a request, and that none is in the error.
func TestClient_keys(t *testing.T) {
	var requests atomic.Int32
	for name, tc := range map[string]struct{ id, secret, endpoint, says string }{
		"no-key":         {"", "mock-secret", "", "cannot be signed"},
		"no-secret":      {"mock-id", "", "", "cannot be signed"},
		"odd-endpoint":   {"mock-id", "mock-secret", "ecs test\x00", "cannot be built"},
		"broken-address": {"mock-id", "mock-secret", "[::1", "cannot be built"},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := serve(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) }, longTimeouts, func(cfg *ecsapi.Config) {
				cfg.Credentials = staticKeys(tc.id, tc.secret, "mock-token")
				if tc.endpoint != "" {
					cfg.Endpoint = tc.endpoint
				}
			})
			_, err := client.ReleasePublicIPAddress(t.Context(), benchInput)
			if failed := failure(t, err); failed.Kind != ecsapi.Unsigned || !strings.Contains(failed.Error(), tc.says) {
				t.Errorf("got %v, want a request that %s", failed, tc.says)
			}
			for _, secret := range []string{"mock-secret", "mock-token", "Signature"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s is in %q", secret, err)
				}
			}
		})
	}
	if got := requests.Load(); got != 0 {
		t.Errorf("%d requests were sent", got)
	}
}

// TestClient_echo checks that nothing of a request comes back in an error.
func TestClient_echo(t *testing.T) {
	var signature string
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		signature = r.URL.Query().Get("Signature")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{
			"Code":      "Echo." + r.URL.Query().Get("SecurityToken"),
			"Message":   "mock/secret+= mock%2Fsecret%2B%3D " + signature + " " + r.URL.RawQuery,
			"RequestId": signature,
			"AccessDeniedDetail": map[string]string{
				"AuthAction": signature, "AuthPrincipalDisplayName": r.URL.Query().Get("SecurityToken"), "NoPermissionType": signature,
			},
		})
	}, longTimeouts, func(cfg *ecsapi.Config) { cfg.Credentials = staticKeys("mock-id", "mock/secret+=", "mock/token+ =") })
	_, err := client.ReleasePublicIPAddress(t.Context(), benchInput)
	failed := failure(t, err)
	if failed.Kind != ecsapi.Answered || failed.Denied == nil || signature == "" {
		t.Fatalf("got %+v, want the echo", failed)
	}
	for _, text := range []string{failed.Error(), failed.Code, failed.Message, failed.RequestID, failed.Denied.Action, failed.Denied.Principal, failed.Denied.NoPermissionType} {
		for _, secret := range []string{signature, url.QueryEscape(signature), "mock/token", "mock%2Ftoken", "mock/secret", "mock%2Fsecret"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in %q", secret, text)
			}
		}
	}
}

func TestClient_endpoint(t *testing.T) {
	if got := ecsapi.New(ecsapi.Config{}).Endpoint("eu-central-1"); got != "ecs.eu-central-1.aliyuncs.com" {
		t.Errorf("got %s, want the region's own", got)
	}
	if got := ecsapi.New(ecsapi.Config{Endpoint: "127.0.0.1:8080"}).Endpoint("eu-central-1"); got != "127.0.0.1:8080" {
		t.Errorf("got %s, want the one that was set", got)
	}
}

func TestClient_unsigned(t *testing.T) {
	cause := errors.New("no keys")
	client, _ := serve(t, http.NotFound, func(cfg *ecsapi.Config) {
		cfg.Credentials = func(context.Context) (ecsapi.Credentials, error) { return ecsapi.Credentials{}, cause }
	})
	_, err := client.ReleasePublicIPAddress(t.Context(), benchInput)
	if failed := failure(t, err); failed.Kind != ecsapi.Unsigned || !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", failed, cause)
	}
}

// TestClient_cancelled_in_flight checks that an answer is awaited once the
// request may have left.
func TestClient_cancelled_in_flight(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		_, _ = io.WriteString(w, released)
	}, func(cfg *ecsapi.Config) { cfg.ReadTimeout = time.Minute })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
		close(release)
	}()
	if out, err := client.ReleasePublicIPAddress(ctx, benchInput); err != nil || out.RequestID == "" {
		t.Errorf("got %+v and %v, want the answer", out, err)
	}
}

// TestClient_cancelled_before checks that nothing is sent, and nothing awaited,
// while no connection is had.
func TestClient_cancelled_before(t *testing.T) {
	var requests atomic.Int32
	count := func(w http.ResponseWriter, _ *http.Request) { requests.Add(1); _, _ = io.WriteString(w, released) }
	ctx, cancel := context.WithCancel(t.Context())
	client, _ := serve(t, count, func(cfg *ecsapi.Config) {
		keys := cfg.Credentials
		cfg.Credentials = func(ctx context.Context) (ecsapi.Credentials, error) {
			cancel()
			return keys(ctx)
		}
	})
	_, err := client.ReleasePublicIPAddress(ctx, benchInput)
	if failed := failure(t, err); failed.Kind != ecsapi.NotSent || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a call that ended before it began", failed)
	}
	if got := requests.Load(); got != 0 {
		t.Errorf("%d requests were sent", got)
	}
}

// TestClient_cancelled_before_keys checks that a call which cannot be made asks
// no one for keys.
func TestClient_cancelled_before_keys(t *testing.T) {
	client, _ := serve(t, http.NotFound, func(cfg *ecsapi.Config) {
		cfg.Credentials = func(context.Context) (ecsapi.Credentials, error) {
			t.Error("keys were asked for")
			return ecsapi.Credentials{}, nil
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.ReleasePublicIPAddress(ctx, benchInput)
	if failed := failure(t, err); failed.Kind != ecsapi.NotSent || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a call that ended before it began", failed)
	}
}

// TestClient_cancelled_while_connecting checks that a call ends with its
// context as long as no connection is had.
func TestClient_cancelled_while_connecting(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		conn, err := listener.Accept()
		if err == nil { // a TLS handshake that no one answers
			t.Cleanup(func() { _ = conn.Close() })
			cancel()
		}
	}()
	client, _ := serve(t, http.NotFound, longTimeouts, func(cfg *ecsapi.Config) {
		cfg.Endpoint, cfg.Protocol = listener.Addr().String(), "https"
	})
	ended := make(chan error, 1)
	go func() {
		_, err := client.ReleasePublicIPAddress(ctx, benchInput)
		ended <- err
	}()
	select {
	case err := <-ended:
		if failed := failure(t, err); failed.Kind != ecsapi.NotSent || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want a request that never left", failed)
		}
	case <-time.After(20 * time.Second):
		t.Error("the call outlived its context")
	}
}

// TestClient_cancelled_at_any_moment cancels calls around the instant at which
// they get a connection that is there already: each is sent and its answer had,
// or not sent at all.
func TestClient_cancelled_at_any_moment(t *testing.T) {
	var requests atomic.Int32
	client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		_, _ = io.WriteString(w, released)
	}, longTimeouts)
	var answered, stopped int32
	for n := range 3000 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for range n % 300 {
				runtime.Gosched()
			}
			cancel()
		}()
		_, err := client.ReleasePublicIPAddress(ctx, benchInput)
		if err == nil {
			answered++
		} else if failed := failure(t, err); failed.Kind == ecsapi.NotSent {
			stopped++
		} else {
			t.Fatalf("got %v after %d answers and %d calls that never left", err, answered, stopped)
		}
	}
	if got := requests.Load(); got != answered {
		t.Errorf("%d requests for %d answers", got, answered)
	}
	t.Logf("%d answered, %d not sent", answered, stopped)
}

// TestClient_resends_nothing closes a connection that was used before when the
// second request has come: net/http would send a GET again.
func TestClient_resends_nothing(t *testing.T) {
	var requests atomic.Int32
	client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) == 1 {
			_, _ = io.WriteString(w, released)
			return
		}
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	}, longTimeouts)
	if _, err := client.ReleasePublicIPAddress(t.Context(), benchInput); err != nil {
		t.Fatal(err)
	}
	_, err := client.ReleasePublicIPAddress(t.Context(), benchInput)
	if failed := failure(t, err); failed.Kind != ecsapi.NoAnswer {
		t.Errorf("got %v, want no answer", failed)
	}
	if got := requests.Load(); got != 2 {
		t.Errorf("%d requests for 2 calls", got)
	}
}

// hammer calls from many goroutines at once, each for addresses of its own.
func hammer(t *testing.T, client *ecsapi.Client, name string, callers int) *sync.WaitGroup {
	t.Helper()
	var wg sync.WaitGroup
	for n := range callers {
		wg.Go(func() {
			for range 20 {
				in := ecsapi.ReleaseInput{RegionID: "cn-hangzhou", PublicIPAddress: fmt.Sprint(name, n)}
				if _, err := client.ReleasePublicIPAddress(t.Context(), in); err != nil {
					t.Error(err)
				}
			}
		})
	}
	return &wg
}

func longTimeouts(cfg *ecsapi.Config) { cfg.ConnectTimeout, cfg.ReadTimeout = time.Minute, time.Minute }

const connections = 32 // that a client may have to one host

func TestClient_connections(t *testing.T) {
	for _, callers := range []int{10, 50, 100} {
		t.Run(fmt.Sprint(callers), func(t *testing.T) {
			server, err := ecsmock.New(ecsmock.Seed{
				Keys:   []ecsmock.Key{{ID: "mock-id", Secret: "mock-secret"}},
				Faults: []ecsmock.Fault{{Kind: ecsmock.Respond, Body: released, Always: true}},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(server.Close)
			client, _ := serve(t, http.NotFound, longTimeouts, func(cfg *ecsapi.Config) { cfg.Endpoint = server.Addr() })
			hammer(t, client, "121.40.1.", callers).Wait()
			if got := len(server.Calls()); got != 20*callers {
				t.Errorf("%d requests for %d calls", got, 20*callers)
			}
			got := server.Traffic().Opened
			t.Logf("%d connections for %d callers", got, callers)
			// net/http dials ahead of need, within its limit; one may be replaced.
			if got > connections+3 {
				t.Errorf("%d connections for %d callers, want at most %d", got, callers, connections+3)
			}
		})
	}
}

// TestClient_settings_stay_apart has two clients call the same host at once.
func TestClient_settings_stay_apart(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		agent := r.UserAgent()[strings.LastIndex(r.UserAgent(), " ")+1:]
		if !strings.HasPrefix(r.URL.Query().Get("PublicIpAddress"), agent) || r.URL.Query().Get("AccessKeyId") != agent {
			http.Error(w, "mixed up", http.StatusTeapot)
			return
		}
		_, _ = io.WriteString(w, released)
	}
	_, server := serve(t, handler)
	var groups []*sync.WaitGroup
	for _, name := range []string{"121.40.1.", "121.40.2."} {
		client, _ := serve(t, handler, longTimeouts, func(cfg *ecsapi.Config) {
			cfg.Endpoint = strings.TrimPrefix(server.URL, "http://")
			cfg.Credentials, cfg.UserAgent = staticKeys(name, "secret", ""), name
		})
		groups = append(groups, hammer(t, client, name, 50))
	}
	for _, group := range groups {
		group.Wait()
	}
}

// TestClient_network_settings_stay_apart has clients of one host differ in what
// the SDK shares between all of them: timeouts, and proxies.
func TestClient_network_settings_stay_apart(t *testing.T) {
	arrived, answer := make(chan struct{}, 3), make(chan struct{})
	handler := func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-answer
		_, _ = io.WriteString(w, released)
	}
	_, server := serve(t, handler)
	elsewhere, proxied := make(chan struct{}, 1), httptest.NewServer(nil)
	proxied.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		elsewhere <- struct{}{}
		_, _ = io.WriteString(w, released)
	})
	t.Cleanup(proxied.Close)
	same := func(cfg *ecsapi.Config) { cfg.Endpoint = strings.TrimPrefix(server.URL, "http://") }
	patient, _ := serve(t, handler, longTimeouts, same)
	hasty, _ := serve(t, handler, same)
	through, _ := serve(t, handler, longTimeouts, same, func(cfg *ecsapi.Config) {
		cfg.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxied.URL) }
	})

	ended := make(chan error, 1)
	go func() {
		_, err := patient.ReleasePublicIPAddress(t.Context(), benchInput)
		ended <- err
	}()
	<-arrived
	_, err := hasty.ReleasePublicIPAddress(t.Context(), benchInput)
	if failed := failure(t, err); failed.Kind != ecsapi.NoAnswer {
		t.Errorf("the hasty client got %v, want no answer", failed)
	}
	if _, err := through.ReleasePublicIPAddress(t.Context(), benchInput); err != nil || len(elsewhere) != 1 {
		t.Errorf("%d requests through the proxy, and %v", len(elsewhere), err)
	}
	close(answer)
	if err := <-ended; err != nil {
		t.Errorf("the patient client got %v", err)
	}
}

// TestSeam checks that requests of tea's that are not this package's go their
// own way.
func TestSeam(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "by tea") }))
	t.Cleanup(server.Close)
	request := tea.NewRequest()
	request.Headers["host"] = tea.String(strings.TrimPrefix(server.URL, "http://"))
	request.Pathname = tea.String("/")
	response, err := tea.DoRequest(request, map[string]any{"readTimeout": 10_000, "connectTimeout": 10_000})
	if err != nil {
		t.Fatal(err)
	}
	if body, err := response.ReadBody(); err != nil || string(body) != "by tea" {
		t.Errorf("got %q and %v", body, err)
	}
}
