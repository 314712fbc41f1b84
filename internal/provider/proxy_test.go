package provider

import (
	"net/http"
	"strings"
	"testing"
)

func TestProxyFromEnvironment(t *testing.T) {
	const proxy, other = "http://proxy.test:3128", "http://other.test:3128"
	for name, tc := range map[string]struct {
		env  map[string]string
		url  string
		want string // empty: direct
	}{
		"none":                {nil, "https://ecs.test", ""},
		"https":               {map[string]string{"HTTPS_PROXY": proxy}, "https://ecs.test", proxy},
		"https-not-for-http":  {map[string]string{"HTTPS_PROXY": proxy}, "http://ecs.test", ""},
		"http":                {map[string]string{"HTTP_PROXY": proxy}, "http://ecs.test", proxy},
		"http-not-for-https":  {map[string]string{"HTTP_PROXY": proxy}, "https://ecs.test", ""},
		"lower-case":          {map[string]string{"https_proxy": proxy}, "https://ecs.test", proxy},
		"upper-case-wins":     {map[string]string{"HTTPS_PROXY": proxy, "https_proxy": other}, "https://ecs.test", proxy},
		"all-proxy-is-not-go": {map[string]string{"ALL_PROXY": proxy}, "https://ecs.test", ""},
		"without-scheme":      {map[string]string{"HTTPS_PROXY": "proxy.test:3128"}, "https://ecs.test", proxy},
		"loopback":            {map[string]string{"HTTPS_PROXY": proxy}, "https://127.0.0.1:8443", ""},

		"excluded-host":           {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "ecs.test"}, "https://ecs.test", ""},
		"excluded-lower-case":     {map[string]string{"HTTPS_PROXY": proxy, "no_proxy": "ecs.test"}, "https://ecs.test", ""},
		"excluded-domain":         {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "aliyuncs.test"}, "https://ecs.aliyuncs.test", ""},
		"excluded-suffix":         {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "a.test, .aliyuncs.test"}, "https://ecs.aliyuncs.test", ""},
		"suffix-of-no-label":      {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "yuncs.test"}, "https://ecs.aliyuncs.test", proxy},
		"excluded-port":           {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "ecs.test:8443"}, "https://ecs.test:8443", ""},
		"another-port":            {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "ecs.test:8443"}, "https://ecs.test", proxy},
		"excluded-range":          {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "10.0.0.0/8"}, "https://10.1.2.3", ""},
		"outside-the-range":       {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "10.0.0.0/8"}, "https://11.1.2.3", proxy},
		"everything-is-excluded":  {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "*"}, "https://ecs.test", ""},
		"excluded-without-a-port": {map[string]string{"HTTPS_PROXY": proxy, "NO_PROXY": "ecs.test"}, "https://ecs.test:8443", ""},
	} {
		t.Run(name, func(t *testing.T) {
			resolve, err := proxyFromEnvironment(func(name string) string { return tc.env[name] })
			if err != nil {
				t.Fatal(err)
			}
			req, err := http.NewRequest(http.MethodPost, tc.url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			got, err := resolve(req)
			if err != nil {
				t.Fatal(err)
			}
			if (got == nil) != (tc.want == "") || got != nil && got.String() != tc.want {
				t.Errorf("got %v, want %q", got, tc.want)
			}
		})
	}
}

func TestProxyFromEnvironment_unparsable(t *testing.T) {
	for name, value := range map[string]string{
		"bad-escape":      "http://user:pa%ssword@proxy.test",
		"bad-port":        "http://user:password@proxy.test:port",
		"no-host":         "http://",
		"bare-bad-escape": "user:pa%ssword@proxy.test:3128",
		"control":         "http://user:password@proxy.test\n",
		"slash-in-user":   "http://user:pass/word@proxy.test:3128",
	} {
		for _, variable := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
			t.Run(name+"-in-"+variable, func(t *testing.T) {
				_, err := proxyFromEnvironment(func(name string) string { return map[string]string{variable: value}[name] })
				if err == nil {
					t.Fatalf("%q passes", value)
				}
				if !strings.Contains(err.Error(), variable) || strings.Contains(err.Error(), "word@") {
					t.Errorf("the error names another variable, or holds the password: %v", err)
				}
			})
		}
	}
}
