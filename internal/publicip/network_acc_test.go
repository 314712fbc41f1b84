package publicip_test

import (
	"bufio"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/acctest"
	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

// proxy is a forward proxy that sends every request to one server, whatever
// host it is for, and counts them.
type proxy struct {
	target   string
	requests atomic.Int32
	auth     atomic.Value // the last Proxy-Authorization
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.requests.Add(1)
	p.auth.Store(r.Header.Get("Proxy-Authorization"))
	upstream, err := net.Dial("tcp", p.target)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer upstream.Close()
	if r.Method != http.MethodConnect {
		r.Header.Del("Proxy-Authorization")
		r.Close = true
		if err := r.Write(upstream); err != nil {
			return
		}
		resp, err := http.ReadResponse(bufio.NewReader(upstream), r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
		return
	}
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer client.Close()
	_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(upstream, client) }()
	_, _ = io.Copy(client, upstream)
}

// startTLS serves an endpoint by TLS, and returns its address and a file with
// the certificate to trust.
func startTLS(t *testing.T) (gateway *ecsmock.Gateway, address, certificate string) {
	t.Helper()
	gateway, err := ecsmock.NewGateway(acctest.Seed())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(gateway)
	t.Cleanup(func() { server.Close(); gateway.Close() })
	certificate = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(certificate, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return gateway, server.Listener.Addr().String(), certificate
}

// at is a configuration of one release at an endpoint. The lines given are
// arguments of the release.
func at(endpoint string, lines ...string) string {
	return `
provider "alicloud" {
  region     = "cn-hangzhou"
  access_key = "` + acctest.AccessKey + `"
  secret_key = "` + acctest.SecretKey + `"
  endpoints {
    ecs = "` + endpoint + `"
  }
  client_connect_timeout = 600000
  client_read_timeout    = 600000
}
resource "alicloud_ecs_public_ip_release" "test" {
  public_ip_address = "121.40.10.11"
` + strings.Join(lines, "\n") + `
}`
}

// noName is longer than a part of a name can be: no resolver is asked for it.
var noName = strings.Repeat("e", 64)

// TestAcc_proxy checks that the proxy variables work as in Go programs. The
// endpoint's name exists only for the proxy.
func TestAcc_proxy(t *testing.T) {
	gateway, address, certificate := startTLS(t)
	for name, tc := range map[string]struct {
		endpoint string
		env      func(proxy string) []string
		proxied  bool
		succeeds bool
	}{
		// The certificate is good for example.com.
		"https":           {"https://example.com", func(p string) []string { return []string{"HTTPS_PROXY=" + p} }, true, true},
		"lower-case":      {"https://example.com", func(p string) []string { return []string{"https_proxy=" + p} }, true, true},
		"http-alone":      {"https://" + address, func(p string) []string { return []string{"HTTP_PROXY=" + p} }, false, true},
		"loopback-direct": {"https://" + address, func(p string) []string { return []string{"HTTPS_PROXY=" + p} }, false, true},
		"excluded-suffix": {"https://" + noName + ".mock.invalid", func(p string) []string {
			return []string{"HTTPS_PROXY=" + p, "NO_PROXY=.mock.invalid"}
		}, false, false},
		"excluded-range": {"https://" + address, func(p string) []string { return []string{"HTTPS_PROXY=" + p, "NO_PROXY=127.0.0.0/8"} }, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			gateway.RemoveInstance(acctest.InstanceID)
			gateway.AddInstance(acctest.Seed().Instances[0])
			p := &proxy{target: address}
			server := httptest.NewServer(p)
			t.Cleanup(server.Close)
			url := strings.Replace(server.URL, "http://", "http://user:pass%2Fword@", 1)
			cli := acctest.NewCLI(t, at(tc.endpoint), append(tc.env(url), "SSL_CERT_FILE="+certificate)...)
			result := cli.Run(t, "apply", "-auto-approve")
			if (result.ExitCode == 0) != tc.succeeds {
				t.Errorf("the apply ended with %d:\n%s", result.ExitCode, result.Output)
			}
			if got := p.requests.Load() > 0; got != tc.proxied {
				t.Errorf("proxied: %v, want %v", got, tc.proxied)
			}
			if tc.proxied && p.auth.Load() != "Basic dXNlcjpwYXNzL3dvcmQ=" {
				t.Errorf("the proxy was given %q", p.auth.Load())
			}
			wantNoText(t, result, "pass%2Fword", "pass/word")
		})
	}
}

func TestAcc_plain_http_proxy(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	p := &proxy{target: server.Addr()}
	through := httptest.NewServer(p)
	t.Cleanup(through.Close)
	cli := acctest.NewCLI(t, at("http://ecs.mock.invalid"), "HTTP_PROXY="+through.URL)
	if result := cli.Run(t, "apply", "-auto-approve"); result.ExitCode != 0 {
		t.Errorf("the apply failed:\n%s", result.Output)
	}
	wantCalls(t, server, 1, 1)()
	if p.requests.Load() != 1 {
		t.Errorf("%d requests through the proxy, want 1", p.requests.Load())
	}
}

func TestAcc_unparsable_proxy(t *testing.T) {
	t.Parallel()
	server := acctest.StartECS(t, acctest.Seed())
	cli := acctest.NewCLI(t, release(server, `public_ip_address = "121.40.10.11"`), "HTTPS_PROXY=http://user:p%ssword@proxy.example.com")
	result := cli.Run(t, "plan")
	wantText(t, result, "Invalid Proxy", "HTTPS_PROXY")
	wantNoText(t, result, "p%ssword")
}

// wantAtOnce checks that a release ends at the first attempt, and that its error
// does not advise to allow more time.
func wantAtOnce(t *testing.T, cli *acctest.CLI, says ...string) {
	t.Helper()
	result := cli.Run(t, "apply", "-auto-approve")
	wantText(t, result, append(says, "Public IP Address Not Released", "in region cn-hangzhou failed.")...)
	wantNoText(t, result, "raise timeouts.create", "attempts in")
	if result.ExitCode != 1 {
		t.Errorf("it ended with %d", result.ExitCode)
	}
}

// TestAcc_obstacles checks what another attempt cannot change, with all the time
// in the world.
func TestAcc_obstacles(t *testing.T) {
	t.Parallel()
	proxied := func(status int) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(server.Close)
		return "HTTPS_PROXY=" + server.URL
	}
	for name, tc := range map[string]struct {
		endpoint, env string
		says          []string
	}{
		"unknown-host":    {"https://" + noName + ".mock.invalid", "", []string{"no such host", "The host name does not exist"}},
		"proxy-forbids":   {"https://ecs.mock.invalid", proxied(403), []string{"HTTP 403 Forbidden", "The proxy refused the connection"}},
		"proxy-needs-key": {"https://ecs.mock.invalid", proxied(407), []string{"HTTP 407 Proxy Authentication Required", "user and password of the proxy"}},
		"impossible-port": {"https://ecs.mock.invalid", "HTTPS_PROXY=http://127.0.0.1:70000", []string{"There is no such address", "Check the port"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantAtOnce(t, acctest.NewCLI(t, at(tc.endpoint, within(time.Hour)), tc.env), tc.says...)
		})
	}
}

func TestAcc_unknown_certificate(t *testing.T) {
	t.Parallel()
	gateway, address, certificate := startTLS(t)
	cli := acctest.NewCLI(t, at("https://"+address))
	wantAtOnce(t, cli, "certificate signed by unknown authority", "on Linux, set SSL_CERT_FILE to a file with its certificate", "the system's store")
	if calls := len(gateway.Calls()); calls != 0 {
		t.Errorf("%d requests reached an endpoint that is not trusted", calls)
	}
	cli = acctest.NewCLI(t, at("https://"+address), "SSL_CERT_FILE="+certificate)
	if result := cli.Run(t, "apply", "-auto-approve"); result.ExitCode != 0 {
		t.Errorf("the apply failed:\n%s", result.Output)
	}
}

// TestAcc_time_up_before_it_is_sent checks that the error names what was waited
// for: a connection, the keys, or the pace.
func TestAcc_time_up_before_it_is_sent(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it never shakes hands
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	for name, tc := range map[string]struct {
		config     func(t *testing.T, limit string) string
		says, lies []string
	}{
		"endpoint": {
			func(_ *testing.T, limit string) string { return at("https://"+silent.Addr().String(), limit) },
			[]string{"It ended while it waited for a connection to the endpoint, and nothing was sent", "raise timeouts.create"},
			[]string{"throttles", "waited for the keys"},
		},
		"keys": {
			func(_ *testing.T, limit string) string {
				config := regexp.MustCompile(`(?m)^ +(access|secret)_key .*$`).ReplaceAllString(at("http://127.0.0.1:1", limit), "")
				return strings.Replace(config, "region ", "credentials_uri = \"http://"+silent.Addr().String()+"\"\n  region ", 1)
			},
			[]string{"It ended while it waited for the keys to sign with, and nothing was sent", "raise timeouts.create"},
			[]string{"throttles", "waited for a connection"},
		},
		"pace": {
			func(t *testing.T, limit string) string {
				t.Helper()
				server, config := manyAddresses(t, 30)
				server.SetRateLimit(1, 1)
				return strings.Replace(config, "public_ip_address", limit+"\n  public_ip_address", 1)
			},
			[]string{"It ended while it waited for its turn, and nothing was sent", "lower -parallelism", "raise timeouts.create"},
			[]string{"waited for a connection", "waited for the keys"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := acctest.NewCLI(t, "")
			var result acctest.Result
			for limit := range acctest.Limits {
				cli.Write(t, tc.config(t, within(limit)))
				result = cli.Run(t, "apply", "-auto-approve")
				// A release that came to wait for something else had too little time.
				other := slices.ContainsFunc(tc.lies, func(lie string) bool { return strings.Contains(result.Words(), lie) })
				if !other && strings.Contains(result.Words(), tc.says[0]) {
					break
				}
			}
			wantText(t, result, tc.says...)
			wantNoText(t, result, tc.lies...)
		})
	}
}
