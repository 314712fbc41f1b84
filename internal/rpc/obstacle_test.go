package rpc

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
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

// TestDo_not_sent checks calls that never leave: what is said of each, and
// whether another attempt may do better.
func TestDo_not_sent(t *testing.T) {
	serveTLS := func(config *tls.Config) *httptest.Server {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // failed handshakes
		server.TLS = config
		server.StartTLS()
		t.Cleanup(server.Close)
		return server
	}
	server := serveTLS(nil)
	old := serveTLS(&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}) // #nosec G402 -- it must be refused
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	away := answers(t, "")
	// The host name is longer than a part of a name can be: no resolver is asked.
	noName := strings.Repeat("e", 64) + ".invalid"
	const elsewhere = "https://ecs.mock.invalid"

	for name, tc := range map[string]struct {
		url   string
		proxy string
		roots *x509.CertPool
		want  Obstacle
		says  string
	}{
		"certificate-unknown":        {url: server.URL, want: Untrusted, says: "unknown authority"},
		"certificate-of-another":     {url: strings.Replace(server.URL, "127.0.0.1", "localhost", 1), roots: pool, want: Untrusted},
		"proxy-certificate-unknown":  {url: elsewhere, proxy: server.URL, want: Untrusted},
		"host-unknown":               {url: "http://" + noName, want: UnknownHost, says: "lookup " + noName},
		"proxy-host-unknown":         {url: elsewhere, proxy: "http://" + noName, want: UnknownHost},
		"proxy-forbids":              {url: elsewhere, proxy: "http://" + answers(t, "HTTP/1.1 403 No\r\n\r\n"), want: ProxyRefused},
		"proxy-wants-a-password":     {url: elsewhere, proxy: "http://" + answers(t, "HTTP/1.1 407 No\r\n\r\n"), want: ProxyRefused},
		"port-too-high":              {url: "https://127.0.0.1:65536", want: BadAddress},
		"port-0":                     {url: "https://127.0.0.1:0", want: BadAddress},
		"proxy-port-too-high":        {url: elsewhere, proxy: "http://127.0.0.1:70000", want: BadAddress},
		"proxy-is-unavailable":       {url: elsewhere, proxy: "http://" + answers(t, "HTTP/1.1 503 Forbidden\r\n\r\n")},
		"proxy-is-a-bad-gateway":     {url: elsewhere, proxy: "http://" + answers(t, "HTTP/1.1 502 Proxy Authentication Required\r\n\r\n")},
		"proxy-closes":               {url: elsewhere, proxy: "http://" + away},
		"connection-closed":          {url: "https://" + away},
		"plain-http-where-tls-is":    {url: "https://" + answers(t, "HTTP/1.1 400 Bad Request\r\n\r\n"), says: "does not look like a TLS handshake"},
		"tls-too-old":                {url: old.URL, says: "protocol version"},
		"connection-refused":         {url: "https://127.0.0.1:1", says: "connection refused"},
		"proxy-refuses-a-connection": {url: elsewhere, proxy: "http://127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			client := New(Config{ConnectTimeout: 10 * time.Second, ReadTimeout: 10 * time.Second, Proxy: func(*http.Request) (*url.URL, error) {
				if tc.proxy == "" {
					return nil, nil
				}
				return url.Parse(tc.proxy)
			}})
			if tc.roots != nil {
				client.transport.TLSClientConfig = &tls.Config{RootCAs: tc.roots, MinVersion: tls.VersionTLS12}
			}
			scheme, endpoint, _ := strings.Cut(tc.url, "://")
			keys := func(context.Context) (Keys, error) { return Keys{AccessKeyID: "id", AccessKeySecret: "secret"}, nil }
			_, err := client.Do(t.Context(), Call{Action: "A", Version: "1", Scheme: scheme, Endpoint: endpoint, Keys: keys}, nil)
			failed, ok := errors.AsType[*Error](err)
			if !ok || failed.Kind != NotSent || failed.Obstacle != tc.want {
				t.Errorf("got %+v, want a request that never left, with obstacle %d", failed, tc.want)
			}
			if text := fmt.Sprint(err); !strings.Contains(text, tc.says) || strings.Contains(text, "Signature") {
				t.Errorf("got %q, want %q and no signature", text, tc.says)
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
