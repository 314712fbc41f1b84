package provider

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// proxyFromEnvironment reads the proxy variables as Go programs do. The error
// names the variable that cannot be read, without its value, which may hold a
// password.
func proxyFromEnvironment(env getenv) (func(*http.Request) (*url.URL, error), error) {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		value := env(name)
		if !strings.Contains(value, "://") {
			value = "http://" + value
		}
		// Of what is not a URL, httpproxy makes a proxy of the name "http".
		if u, err := url.Parse(value); env(name) != "" && (err != nil || u.Hostname() == "") {
			return nil, fmt.Errorf("the environment variable %s does not hold the URL of a proxy; "+
				"give one such as http://proxy.example.com:3128, with special characters of a password percent-encoded, or unset it", name)
		}
	}
	proxy := (&httpproxy.Config{
		HTTPProxy:  cmp.Or(env("HTTP_PROXY"), env("http_proxy")),
		HTTPSProxy: cmp.Or(env("HTTPS_PROXY"), env("https_proxy")),
		NoProxy:    cmp.Or(env("NO_PROXY"), env("no_proxy")),
	}).ProxyFunc()
	return func(req *http.Request) (*url.URL, error) { return proxy(req.URL) }, nil
}
