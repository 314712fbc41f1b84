package provider

import (
	"net/url"
	"testing"
)

func TestParseEndpoint(t *testing.T) {
	for value, want := range map[string]struct {
		host, scheme string
		wrong        bool
	}{
		"ecs.eu-central-1.aliyuncs.com":          {host: "ecs.eu-central-1.aliyuncs.com"},
		"127.0.0.1:8080":                         {host: "127.0.0.1:8080"},
		"[::1]:8080":                             {host: "[::1]:8080"},
		"http://127.0.0.1:8080":                  {host: "127.0.0.1:8080", scheme: "http"},
		"https://ecs.eu-central-1.aliyuncs.com/": {host: "ecs.eu-central-1.aliyuncs.com", scheme: "https"},
		"ftp://ecs.example.com":                  {wrong: true},
		"https://user:secret@ecs.example.com":    {wrong: true},
		"https://ecs.example.com/path":           {wrong: true},
		"https://ecs.example.com?a=b":            {wrong: true},
		"https://ecs.example.com#a":              {wrong: true},
		"https://":                               {wrong: true},
		"ecs example.com":                        {wrong: true},
		"ecs.example.com:port":                   {wrong: true},
		"evil@ecs.example.com":                   {wrong: true},
		"-ecs.example.com":                       {wrong: true},
	} {
		host, scheme, problem := parseEndpoint(value)
		if host != want.host || scheme != want.scheme || (problem != "") != want.wrong {
			t.Errorf("%q: got %q, %q and %q", value, host, scheme, problem)
		}
	}
}

// FuzzParseEndpoint checks that an endpoint that passes is a host to which a
// request can be made, and nothing more.
func FuzzParseEndpoint(f *testing.F) {
	for _, s := range []string{"ecs.eu-central-1.aliyuncs.com", "127.0.0.1:8080", "http://[::1]:80/", "a@b", "//a", "a:b:c", "https://a?b#c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		host, scheme, problem := parseEndpoint(value)
		if problem != "" {
			if host != "" || scheme != "" {
				t.Errorf("%q: both an endpoint and a problem", value)
			}
			return
		}
		u, err := url.Parse("https://" + host + "/?a=b")
		if err != nil || u.Host != host || u.User != nil || u.Path != "/" || u.Hostname() == "" {
			t.Errorf("%q passes as %q, which makes the URL %v (%v)", value, host, u, err)
		}
		if scheme != "" && scheme != "http" && scheme != "https" {
			t.Errorf("%q passes with scheme %q", value, scheme)
		}
	})
}
