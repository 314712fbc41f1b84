package rpc_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

const released = `{"RequestId":"473469C7-AA6F-4DC5-B3DB-A3DC0DE3C83E"}`

// settings are a client's, and those of the calls that a test makes.
type settings struct {
	rpc.Config
	call rpc.Call
}

// caller makes one call again and again.
type caller struct {
	*rpc.Client
	call rpc.Call
}

// release makes the call and returns its request ID.
func (c caller) release(ctx context.Context) (string, error) {
	return c.Do(ctx, c.call, &struct{}{})
}

// newCaller returns a caller for an endpoint, with timeouts that only a hung test
// reaches.
func newCaller(endpoint string, change ...func(*settings)) caller {
	s := settings{
		Config: rpc.Config{ConnectTimeout: time.Minute, ReadTimeout: time.Minute},
		call: rpc.Call{
			Action: "ReleasePublicIpAddress", Version: "2014-05-26", Scheme: "http", Endpoint: endpoint, Awaited: true,
			Query: map[string]string{"RegionId": "cn-hangzhou", "PublicIpAddress": "121.40.10.11", "InstanceId": "i-bp67acfmxazb4p0001"},
			Keys:  keys("mock-id", "mock-secret", ""),
		},
	}
	for _, c := range change {
		c(&s)
	}
	return caller{rpc.New(s.Config), s.call}
}

// serve starts a server, and returns a caller for it.
func serve(t *testing.T, handler http.HandlerFunc, change ...func(*settings)) (caller, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return newCaller(strings.TrimPrefix(server.URL, "http://"), change...), server
}

func keys(id, secret, token string) func(context.Context) (rpc.Keys, error) {
	return func(context.Context) (rpc.Keys, error) {
		return rpc.Keys{AccessKeyID: id, AccessKeySecret: secret, SecurityToken: token, From: "the test"}, nil
	}
}

// listen returns a listener that takes connections and says nothing by itself.
func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// failure returns the typed error of a call.
func failure(t *testing.T, err error) *rpc.Error {
	t.Helper()
	failed, ok := errors.AsType[*rpc.Error](err)
	if !ok {
		t.Fatalf("got %v, want an *rpc.Error", err)
	}
	return failed
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
		kind    rpc.Kind
		status  int
	}{
		"html-502":    {body(502, "<html>"), rpc.NotAPI, 502},
		"found":       {redirect(302), rpc.NotAPI, 302},
		"temporary":   {redirect(307), rpc.NotAPI, 307},
		"closed":      {hijack(""), rpc.NoAnswer, 0},
		"not-http":    {hijack("hello\r\n\r\n"), rpc.NoAnswer, 0},
		"half-a-body": {hijack("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"Req"), rpc.NoAnswer, 200},
		// net/http hands the connection over, and no context bounds what is read.
		"switched-protocols": {hold("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"), rpc.NotAPI, 101},
		"hints-without-end":  {hold(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n", 1<<14)), rpc.NoAnswer, 0},
		"huge-trailer":       {hold("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + strings.Repeat("x", 1<<17) + "\r\n\r\n"), rpc.NoAnswer, 200},
		"odd-status":         {hijack("HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\n{}"), rpc.NotAPI, 999},
		"huge-header":        {hijack("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<17) + "\r\n\r\n"), rpc.NoAnswer, 0},
		"gzip-bomb-not-asked-for": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
		}, rpc.NotAPI, 200},
		"body-without-end": {func(w http.ResponseWriter, _ *http.Request) {
			for chunk := strings.Repeat(" ", 1<<16); ; {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}, rpc.NotAPI, 200},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := serve(t, tc.handler)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := client.release(t.Context())
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

// TestClient_own_timeouts checks that each wait of a call has its bound, and that
// none of these, after which another attempt may do better, is taken for the end
// of the caller's time.
func TestClient_own_timeouts(t *testing.T) {
	t.Parallel()
	silent := listen(t).Addr().String()
	for name, tc := range map[string]struct {
		begun  string // of the answer
		change func(*settings)
		kind   rpc.Kind
		status int
		says   string
	}{
		"connect": {"", func(s *settings) { s.ConnectTimeout = time.Nanosecond }, rpc.NotSent, 0, "i/o timeout"},
		"handshake": {"", func(s *settings) {
			s.call.Endpoint, s.call.Scheme, s.ConnectTimeout = silent, "https", time.Second
		}, rpc.NotSent, 0, "TLS handshake timeout"},
		"silent-proxy": {"", func(s *settings) {
			s.call.Endpoint, s.call.Scheme = "ecs.mock.invalid", "https"
			s.ConnectTimeout, s.ReadTimeout = time.Second, time.Millisecond
			s.Proxy = func(*http.Request) (*url.URL, error) {
				return &url.URL{Scheme: "http", User: url.UserPassword("user", "password"), Host: silent}, nil
			}
		}, rpc.NotSent, 0, ": no connection within 1.001s"},
		"silence": {"", func(s *settings) { s.ReadTimeout = 100 * time.Millisecond }, rpc.NoAnswer, 0, "timeout awaiting response headers"},
		"half-an-answer": {"{", func(s *settings) {
			s.ConnectTimeout, s.ReadTimeout = time.Second, 5*time.Second
		}, rpc.NoAnswer, 200, "no whole answer within 6s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			over := make(chan struct{})
			client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if tc.begun != "" {
					_, _ = io.WriteString(w, tc.begun)
					_ = http.NewResponseController(w).Flush()
				}
				<-over
			}, tc.change)
			t.Cleanup(func() { close(over) })
			rpc.New(rpc.Config{ConnectTimeout: time.Minute, ReadTimeout: time.Minute}) // another client, whose timeouts are its own
			begun := time.Now()
			_, err := client.release(t.Context())
			if took := time.Since(begun); took > 30*time.Second {
				t.Errorf("it took %s", took)
			}
			failed := failure(t, err)
			if failed.Kind != tc.kind || failed.HTTPStatus != tc.status || !strings.HasSuffix(failed.Error(), tc.says) {
				t.Errorf("got kind %d and %v, want kind %d that ends in %q", failed.Kind, failed, tc.kind, tc.says)
			}
			if errors.Is(err, context.DeadlineExceeded) {
				t.Error("it passes for the end of a context")
			}
		})
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
	})
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			if _, err := client.release(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	for range connections {
		<-arrived
	}
	ctx, cancel := context.WithCancel(t.Context())
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GetConn: func(string) { cancel() }})
	_, err := client.release(ctx)
	if failed := failure(t, err); failed.Kind != rpc.NotSent || !errors.Is(failed, context.Canceled) {
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
	cause := errors.New("sts says no")
	for name, tc := range map[string]struct {
		id, secret, endpoint, says string
		cause                      error
	}{
		"no-key":         {"", "mock-secret", "", "cannot be signed", nil},
		"no-secret":      {"mock-id", "", "", "cannot be signed", nil},
		"odd-endpoint":   {"mock-id", "mock-secret", "ecs test\x00", "no request can be made", nil},
		"broken-address": {"mock-id", "mock-secret", "[::1", "no request can be made", nil},
		"refused":        {"mock-id", "mock-secret", "", "sts says no", cause},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := serve(t, func(http.ResponseWriter, *http.Request) { requests.Add(1) }, func(s *settings) {
				s.call.Keys = func(ctx context.Context) (rpc.Keys, error) {
					got, _ := keys(tc.id, tc.secret, "mock-token")(ctx)
					return got, tc.cause
				}
				if tc.endpoint != "" {
					s.call.Endpoint = tc.endpoint
				}
			})
			_, err := client.release(t.Context())
			if failed := failure(t, err); failed.Kind != rpc.Unsigned || !strings.Contains(failed.Error(), tc.says) || tc.cause != nil && !errors.Is(err, tc.cause) {
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
	}, func(s *settings) { s.call.Keys = keys("mock-id", "mock/secret+=", "mock/token+ =") })
	_, err := client.release(t.Context())
	failed := failure(t, err)
	if failed.Kind != rpc.Answered || failed.Denied == nil || signature == "" {
		t.Fatalf("got %+v, want the echo", failed)
	}
	denied := failed.Denied
	for _, text := range []string{failed.Error(), failed.Code, failed.Message, failed.RequestID, denied.Action, denied.Principal, denied.NoPermissionType} {
		for _, secret := range []string{signature, url.QueryEscape(signature), "mock/token", "mock%2Ftoken", "mock/secret", "mock%2Fsecret"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s is in %q", secret, text)
			}
		}
	}
}

// TestClient_cancelled_in_flight checks that the answer of a call with an effect
// is awaited once the request may have left, and a question is given up.
func TestClient_cancelled_in_flight(t *testing.T) {
	for name, awaited := range map[string]bool{"release": true, "question": false} {
		t.Run(name, func(t *testing.T) {
			over := make(chan struct{})
			ctx, cancel := context.WithCancel(t.Context())
			client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				cancel()
				if !awaited {
					<-over
				}
				_, _ = io.WriteString(w, released)
			}, func(s *settings) { s.call.Awaited = awaited })
			t.Cleanup(func() { close(over) })
			begun := time.Now()
			switch id, err := client.release(ctx); {
			case time.Since(begun) > 30*time.Second:
				t.Errorf("it took %s", time.Since(begun))
			case awaited && (err != nil || id == ""):
				t.Errorf("got %q and %v, want the answer", id, err)
			case !awaited && (failure(t, err).Kind != rpc.NoAnswer || !errors.Is(err, context.Canceled)):
				t.Errorf("got %v, want a question that was given up", err)
			}
		})
	}
}

// TestClient_cancelled_before checks that a call whose context has ended asks no
// one for keys and sends nothing.
func TestClient_cancelled_before(t *testing.T) {
	for name, tc := range map[string]struct {
		early bool  // before the keys are asked for, and otherwise by who is asked
		err   error // in place of the keys
		kind  rpc.Kind
	}{
		"keys":               {true, nil, rpc.NotSent},
		"the-request":        {false, nil, rpc.NotSent},
		"keys-are-not-found": {false, errors.New("sts did not answer"), rpc.Unsigned},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			client, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }, func(s *settings) {
				keys := s.call.Keys
				s.call.Keys = func(ctx context.Context) (rpc.Keys, error) {
					if tc.early {
						t.Error("keys were asked for")
					}
					cancel()
					got, _ := keys(ctx)
					return got, tc.err
				}
			})
			if tc.early {
				cancel()
			}
			_, err := client.release(ctx)
			if failed := failure(t, err); failed.Kind != tc.kind || !errors.Is(err, context.Canceled) {
				t.Errorf("got %+v, want kind %d and the context's error", failed, tc.kind)
			}
		})
	}
}

// TestClient_cancelled_while_connecting checks that a call ends with its
// context as long as no connection is had.
func TestClient_cancelled_while_connecting(t *testing.T) {
	listener := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		conn, err := listener.Accept()
		if err == nil { // a TLS handshake that no one answers
			t.Cleanup(func() { _ = conn.Close() })
			cancel()
		}
	}()
	client, _ := serve(t, http.NotFound, func(s *settings) {
		s.call.Endpoint, s.call.Scheme = listener.Addr().String(), "https"
	})
	ended := make(chan error, 1)
	go func() {
		_, err := client.release(ctx)
		ended <- err
	}()
	select {
	case err := <-ended:
		if failed := failure(t, err); failed.Kind != rpc.NotSent || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want a request that never left", failed)
		}
	case <-time.After(time.Minute):
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
	})
	var answered, stopped int32
	for n := range 3000 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			for range n % 300 {
				runtime.Gosched()
			}
			cancel()
		}()
		_, err := client.release(ctx)
		if err == nil {
			answered++
		} else if failed := failure(t, err); failed.Kind == rpc.NotSent {
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
	})
	if _, err := client.release(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := client.release(t.Context())
	if failed := failure(t, err); failed.Kind != rpc.NoAnswer {
		t.Errorf("got %v, want no answer", failed)
	}
	if got := requests.Load(); got != 2 {
		t.Errorf("%d requests for 2 calls", got)
	}
}

// hammer calls from many goroutines at once, each for addresses of its own.
func hammer(t *testing.T, client caller, name string, callers int) *sync.WaitGroup {
	t.Helper()
	var wg sync.WaitGroup
	for n := range callers {
		wg.Go(func() {
			own := client
			own.call.Query = map[string]string{"RegionId": "cn-hangzhou", "PublicIpAddress": fmt.Sprint(name, n)}
			for range 20 {
				if _, err := own.release(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	return &wg
}

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
			client, _ := serve(t, http.NotFound, func(s *settings) { s.call.Endpoint = server.Addr() })
			hammer(t, client, "121.40.1.", callers).Wait()
			nonces := map[string]bool{}
			for _, call := range server.Calls() {
				nonces[call.Params.Get("SignatureNonce")] = true
			}
			if got := len(server.Calls()); got != 20*callers || len(nonces) != got {
				t.Errorf("%d requests with %d nonces for %d calls", got, len(nonces), 20*callers)
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

// TestClient_settings_stay_apart has two clients call the same host at once, one
// of them by a proxy: the SDK shares proxies and timeouts between all clients.
func TestClient_settings_stay_apart(t *testing.T) {
	only := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			query, agent := r.URL.Query(), r.UserAgent()
			if !strings.HasPrefix(query.Get("PublicIpAddress"), name) || query.Get("AccessKeyId") != name || !strings.HasSuffix(agent, " "+name) {
				http.Error(w, "mixed up", http.StatusTeapot)
				return
			}
			_, _ = io.WriteString(w, released)
		}
	}
	_, direct := serve(t, only("121.40.1."))
	_, proxy := serve(t, only("121.40.2."))
	var groups []*sync.WaitGroup
	for name, server := range map[string]*httptest.Server{"121.40.1.": direct, "121.40.2.": proxy} {
		client := newCaller(strings.TrimPrefix(direct.URL, "http://"), func(s *settings) {
			s.call.Keys, s.UserAgent = keys(name, "secret", ""), name
			if server == proxy {
				s.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
			}
		})
		groups = append(groups, hammer(t, client, name, 50))
	}
	for _, group := range groups {
		group.Wait()
	}
}

// TestClient_proxy_password has proxies, and an endpoint behind one, echo the
// password of the proxy.
func TestClient_proxy_password(t *testing.T) {
	const user, password = "user", "p/ss+w=rd"
	basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	echo := basic + " " + password + " " + url.QueryEscape(password)
	for name, tc := range map[string]struct {
		scheme string
		answer func(net.Conn)
		shown  func(*rpc.Error) string
		says   string
	}{
		"http-proxy-with-a-message": {"http", func(conn net.Conn) {
			body := `{"Code":"Forbidden","Message":"` + echo + `","RequestId":"` + basic + `"}`
			fmt.Fprintf(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		}, func(e *rpc.Error) string { return e.Message + e.RequestID }, "(hidden)"},
		"connect-proxy-with-a-reason": {"https", func(conn net.Conn) {
			fmt.Fprintf(conn, "HTTP/1.1 407 Not %s\r\nContent-Length: 0\r\n\r\n", echo)
		}, (*rpc.Error).Error, "the proxy answered CONNECT with HTTP 407"},
	} {
		t.Run(name, func(t *testing.T) {
			listener := listen(t)
			told := make(chan string, 1)
			go func() {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					told <- req.Header.Get("Proxy-Authorization")
					tc.answer(conn)
				}
			}()
			client := newCaller("ecs.mock.invalid", func(s *settings) {
				s.call.Scheme = tc.scheme
				s.Proxy = func(*http.Request) (*url.URL, error) {
					return &url.URL{Scheme: "http", User: url.UserPassword(user, password), Host: listener.Addr().String()}, nil
				}
			})
			_, err := client.release(t.Context())
			failed := failure(t, err)
			if got := <-told; got != "Basic "+basic {
				t.Fatalf("the proxy was told %q", got)
			}
			if !strings.Contains(tc.shown(failed), tc.says) {
				t.Errorf("got %q, want %q", tc.shown(failed), tc.says)
			}
			for _, secret := range []string{password, url.QueryEscape(password), basic} {
				if strings.Contains(failed.Error()+failed.RequestID, secret) {
					t.Errorf("%s is in %q", secret, failed)
				}
			}
		})
	}
}

// TestFetch checks that a plain request has the bounds of a call.
func TestFetch(t *testing.T) {
	var requests atomic.Int32
	largest := strings.Repeat(" ", 1<<20)
	answers := map[string]struct {
		handler http.HandlerFunc
		status  int
		body    string
		kind    rpc.Kind
	}{
		"answer":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "keys") }, 200, "keys", 0},
		"largest": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, largest) }, 200, largest, 0},
		"refusal": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, 403, "", 0},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, 307, "", 0},
		"too-large": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, largest+" ") }, 0, "", rpc.NotAPI},
		"cut-off": {func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 bearer-token\r\n\r\n")
				_ = conn.Close()
			}
		}, 0, "", rpc.NoAnswer},
	}
	for name, tc := range answers {
		t.Run(name, func(t *testing.T) {
			requests.Store(0)
			client, server := serve(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				tc.handler(w, r)
			})
			req, err := http.NewRequest(http.MethodPost, server.URL+"/?token=bearer-token", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			status, body, err := client.Fetch(t.Context(), req, "bearer-token")
			if status != tc.status || string(body) != tc.body {
				t.Errorf("got %d and %d bytes", status, len(body))
			}
			if tc.kind == 0 && err != nil || tc.kind != 0 && failure(t, err).Kind != tc.kind {
				t.Errorf("got %v, want kind %d", err, tc.kind)
			}
			if err != nil && strings.Contains(err.Error(), "bearer-token") {
				t.Errorf("the token is in %v", err)
			}
			if tc.kind == rpc.NotAPI && !strings.Contains(err.Error(), "HTTP 200: the answer is larger than 1048576 bytes") {
				t.Errorf("got %v, want an answer that is too large", err)
			}
			if requests.Load() != 1 {
				t.Errorf("%d requests", requests.Load())
			}
		})
	}
}
