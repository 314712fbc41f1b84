package rpc

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// answers returns the address of a server that answers each connection with a
// text and closes it.
func answers(t *testing.T, text string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, text)
			conn.Close()
		}
	}()
	return listener.Addr().String()
}

func TestObstacleOf(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	away := answers(t, "")
	// The host name is longer than a part of a name can be: no resolver is asked.
	noName := strings.Repeat("e", 64) + ".invalid"

	for name, tc := range map[string]struct {
		url   string
		proxy string
		roots *x509.CertPool
		want  Obstacle
	}{
		"certificate-unknown":        {url: server.URL, want: Untrusted},
		"certificate-of-another":     {url: strings.Replace(server.URL, "127.0.0.1", "localhost", 1), roots: pool, want: Untrusted},
		"proxy-certificate-unknown":  {url: "https://ecs.mock.invalid", proxy: server.URL, want: Untrusted},
		"host-unknown":               {url: "https://" + noName, want: UnknownHost},
		"proxy-host-unknown":         {url: "https://ecs.mock.invalid", proxy: "http://" + noName, want: UnknownHost},
		"proxy-forbids":              {url: "https://ecs.mock.invalid", proxy: "http://" + answers(t, "HTTP/1.1 403 No\r\n\r\n"), want: ProxyRefused},
		"proxy-wants-a-password":     {url: "https://ecs.mock.invalid", proxy: "http://" + answers(t, "HTTP/1.1 407 No\r\n\r\n"), want: ProxyRefused},
		"port-too-high":              {url: "https://127.0.0.1:65536", want: BadAddress},
		"port-0":                     {url: "https://127.0.0.1:0", want: BadAddress},
		"proxy-port-too-high":        {url: "https://ecs.mock.invalid", proxy: "http://127.0.0.1:70000", want: BadAddress},
		"proxy-is-unavailable":       {url: "https://ecs.mock.invalid", proxy: "http://" + answers(t, "HTTP/1.1 503 Forbidden\r\n\r\n"), want: Passing},
		"proxy-is-a-bad-gateway":     {url: "https://ecs.mock.invalid", proxy: "http://" + answers(t, "HTTP/1.1 502 Proxy Authentication Required\r\n\r\n"), want: Passing},
		"proxy-closes":               {url: "https://ecs.mock.invalid", proxy: "http://" + away, want: Passing},
		"connection-closed":          {url: "https://" + away, want: Passing},
		"plain-http-where-tls-is":    {url: "https://" + answers(t, "HTTP/1.1 400 Bad Request\r\n\r\n"), want: Passing},
		"connection-refused":         {url: "https://127.0.0.1:1", want: Passing},
		"proxy-refuses-a-connection": {url: "https://ecs.mock.invalid", proxy: "http://127.0.0.1:1", want: Passing},
	} {
		t.Run(name, func(t *testing.T) {
			transport := New(Config{ConnectTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, Proxy: func(*http.Request) (*url.URL, error) {
				if tc.proxy == "" {
					return nil, nil
				}
				return url.Parse(tc.proxy)
			}}).transport
			transport.TLSClientConfig = &tls.Config{RootCAs: tc.roots, MinVersion: tls.VersionTLS12}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tc.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := transport.RoundTrip(req)
			if err == nil {
				resp.Body.Close()
				t.Fatalf("got HTTP %d, want an error", resp.StatusCode)
			}
			if got := obstacleOf(err); got != tc.want {
				t.Errorf("got %d, want %d for %v", got, tc.want, err)
			}
		})
	}
}

// TestObstacleOf_passes checks errors that only look like a permanent obstacle.
func TestObstacleOf_passes(t *testing.T) {
	for name, err := range map[string]error{
		"resolver-silent":    &net.OpError{Op: "dial", Err: &net.DNSError{Err: "i/o timeout", IsTimeout: true, IsTemporary: true}},
		"resolver-fails":     &net.DNSError{Err: "server misbehaving", IsTemporary: true},
		"cancelled":          context.Canceled,
		"words-of-a-refusal": errors.New("Proxy Authentication Required"),
		"words-of-a-name":    errors.New("no such host"),
		"nothing":            nil,
	} {
		if got := obstacleOf(err); got != Passing {
			t.Errorf("%s: got %d, want Passing", name, got)
		}
	}
}

// TestDo_obstacle checks that a failed call says what was in its way.
func TestDo_obstacle(t *testing.T) {
	client := New(Config{ConnectTimeout: time.Minute, ReadTimeout: time.Minute})
	_, err := client.Do(t.Context(), Call{Action: "A", Version: "1", Scheme: "https", Endpoint: "127.0.0.1:70000"}, nil)
	if failed, ok := errors.AsType[*Error](err); !ok || failed.Kind != NotSent || failed.Obstacle != BadAddress {
		t.Errorf("got %+v, want a BadAddress", err)
	}
}

// TestDo_keys_out_of_time checks that a call which ends while its keys are
// waited for says so.
func TestDo_keys_out_of_time(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := New(Config{}).Do(ctx, Call{Scheme: "https", Endpoint: "127.0.0.1:1", Keys: func(ctx context.Context) (Keys, error) {
		cancel()
		<-ctx.Done()
		return Keys{}, errors.New("sts did not answer")
	}}, nil)
	if failed, ok := errors.AsType[*Error](err); !ok || failed.Kind != Unsigned || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, want Unsigned and the context's error", err)
	}
}
