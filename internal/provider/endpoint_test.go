package provider

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// wantProblem checks for one error of endpoints that says a part and no password;
// an empty part means none.
func wantProblem(t *testing.T, diags diag.Diagnostics, part string) {
	t.Helper()
	if part == "" && len(diags) == 0 {
		return
	}
	if len(diags) != 1 || part == "" {
		t.Fatalf("got %v, want an error that says %q", diags, part)
	}
	hung, ok := diags[0].(diag.DiagnosticWithPath)
	if text := diags[0].Detail(); !ok || !hung.Path().Equal(path.Root("endpoints")) || !strings.Contains(text, part) || strings.Contains(text, "user") {
		t.Errorf("got %v, want an error of endpoints that says %q", diags, part)
	}
}

// TestResolveEndpoint checks which protocol and which host win.
func TestResolveEndpoint(t *testing.T) {
	for name, tc := range map[string]struct {
		ecs          string
		protocol     *string
		env          string
		file         string // TF_ENDPOINT_PATH
		host, scheme string
		wrong        string // part of the error
	}{
		"file-only":                 {file: "endpoints.xml", scheme: "https", wrong: "Set ECS_ENDPOINT"},
		"file-beside-environment":   {file: "endpoints.xml", env: "env.example.com", host: "env.example.com", scheme: "https"},
		"file-beside-block":         {ecs: "ecs.example.com", file: "endpoints.xml", host: "ecs.example.com", scheme: "https"},
		"nothing":                   {scheme: "https"},
		"protocol":                  {protocol: new("HTTP"), scheme: "http"},
		"protocol-in-lower-case":    {protocol: new("http"), scheme: "http"},
		"host":                      {ecs: "ecs.example.com", host: "ecs.example.com", scheme: "https"},
		"host-and-protocol":         {ecs: "ecs.example.com:80", protocol: new("HTTP"), host: "ecs.example.com:80", scheme: "http"},
		"url-over-protocol":         {ecs: "http://ecs.example.com", protocol: new("HTTPS"), host: "ecs.example.com", scheme: "http"},
		"secure-url-over-protocol":  {ecs: "https://ecs.example.com", protocol: new("HTTP"), host: "ecs.example.com", scheme: "https"},
		"environment":               {env: "http://env.example.com", host: "env.example.com", scheme: "http"},
		"block-over-environment":    {ecs: "ecs.example.com", env: "http://env.example.com", host: "ecs.example.com", scheme: "https"},
		"malformed":                 {ecs: "ecs.example.com/x", scheme: "https", wrong: `endpoints.ecs of the provider block is "ecs.example.com/x"`},
		"malformed-and-environment": {env: "ecs.example.com/x", scheme: "https", wrong: `ECS_ENDPOINT is "ecs.example.com/x"`},
		"with-a-password":           {env: "https://user:p@ss@ecs.example.com", scheme: "https", wrong: `ECS_ENDPOINT is "…@ecs.example.com"`},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			host, scheme := resolveEndpoint(tc.ecs, tc.protocol, func(name string) string {
				return map[string]string{"ECS_ENDPOINT": tc.env, "TF_ENDPOINT_PATH": tc.file}[name]
			}, &diags)
			if host != tc.host || scheme != tc.scheme {
				t.Errorf("got %q and %q", host, scheme)
			}
			wantProblem(t, diags, tc.wrong)
		})
	}
}

// TestCheckEndpoint_sts checks that an endpoint of STS passes without a scheme
// and with https, and that no other one is called.
func TestCheckEndpoint_sts(t *testing.T) {
	for name, tc := range map[string]struct {
		sts   string
		host  string
		wrong string // part of the error
	}{
		"none":          {},
		"host":          {sts: "sts.aliyuncs.com", host: "sts.aliyuncs.com"},
		"host-and-port": {sts: "127.0.0.1:8443", host: "127.0.0.1:8443"},
		"https-url":     {sts: "https://sts.aliyuncs.com/", host: "sts.aliyuncs.com"},
		"by-http":       {sts: "http://sts.aliyuncs.com", wrong: "is not HTTPS"},
		"with-path":     {sts: "sts.aliyuncs.com/x", wrong: "more than a host"},
		"with-account":  {sts: "user:p@ss@sts.aliyuncs.com", wrong: `endpoints.sts of the provider block is "…@sts.aliyuncs.com"`},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			host, _ := checkEndpoint("sts", tc.sts, "endpoints.sts of the provider block", &diags)
			if tc.wrong == "" && host != tc.host {
				t.Errorf("got %q, want %q", host, tc.host)
			}
			wantProblem(t, diags, tc.wrong)
		})
	}
}

// TestEndpoint_of_blocks checks which of several blocks counts.
func TestEndpoint_of_blocks(t *testing.T) {
	null, first, second := types.StringNull(), types.StringValue("a.example.com"), types.StringValue("b.example.com")
	for name, tc := range map[string]struct {
		blocks []types.Object
		want   string
		wrong  string // part of the error
	}{
		"none":          {endpointsOf("ecs"), "", ""},
		"one":           {endpointsOf("ecs", first), "a.example.com", ""},
		"two":           {endpointsOf("ecs", first, second), "b.example.com", `"a.example.com" and "b.example.com"`},
		"same":          {endpointsOf("ecs", first, first), "a.example.com", ""},
		"first-null":    {endpointsOf("ecs", null, first), "a.example.com", ""},
		"last-null":     {endpointsOf("ecs", first, null), "a.example.com", ""},
		"last-empty":    {endpointsOf("ecs", first, types.StringValue("")), "a.example.com", ""},
		"only-empty":    {endpointsOf("ecs", types.StringValue(" ")), "", ""},
		"blanks-around": {endpointsOf("ecs", types.StringValue(" a.example.com\n")), "a.example.com", ""},
		"of-another":    {endpointsOf("sts", first), "", ""},
		"two-with-passwords": {endpointsOf("ecs", types.StringValue("https://user:p@ss@a.example.com"), types.StringValue("user:word@b.example.com")),
			"user:word@b.example.com", `"…@a.example.com" and "…@b.example.com"`},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			if got := endpoint(tc.blocks, "ecs", &diags); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			wantProblem(t, diags, tc.wrong)
		})
	}
}

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
		"ecs.example.com:65535":                  {host: "ecs.example.com:65535"},
		"ecs.example.com:65536":                  {wrong: true},
		"ecs.example.com:0":                      {wrong: true},
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
		if port := u.Port(); port != "" {
			if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
				t.Errorf("%q passes with port %s", value, port)
			}
		}
		if scheme != "" && scheme != "http" && scheme != "https" {
			t.Errorf("%q passes with scheme %q", value, scheme)
		}
	})
}
