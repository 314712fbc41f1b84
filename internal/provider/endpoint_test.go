package provider

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// TestResolveEndpoint checks which protocol and which host win.
func TestResolveEndpoint(t *testing.T) {
	null, unknown := types.StringNull(), types.StringUnknown()
	for name, tc := range map[string]struct {
		ecs, protocol types.String
		env           string
		file          string // TF_ENDPOINT_PATH
		host, scheme  string
		wrong         bool
	}{
		"blanks-around":             {ecs: types.StringValue(" ecs.example.com "), protocol: null, host: "ecs.example.com", scheme: "https"},
		"file-only":                 {ecs: null, protocol: null, file: "endpoints.xml", scheme: "https", wrong: true},
		"file-beside-environment":   {ecs: null, protocol: null, file: "endpoints.xml", env: "env.example.com", host: "env.example.com", scheme: "https"},
		"file-beside-block":         {ecs: types.StringValue("ecs.example.com"), protocol: null, file: "endpoints.xml", host: "ecs.example.com", scheme: "https"},
		"nothing":                   {ecs: null, protocol: null, scheme: "https"},
		"protocol":                  {ecs: null, protocol: types.StringValue("HTTP"), scheme: "http"},
		"protocol-in-lower-case":    {ecs: null, protocol: types.StringValue("http"), scheme: "http"},
		"host":                      {ecs: types.StringValue("ecs.example.com"), protocol: null, host: "ecs.example.com", scheme: "https"},
		"host-and-protocol":         {ecs: types.StringValue("ecs.example.com:80"), protocol: types.StringValue("HTTP"), host: "ecs.example.com:80", scheme: "http"},
		"url-over-protocol":         {ecs: types.StringValue("http://ecs.example.com"), protocol: types.StringValue("HTTPS"), host: "ecs.example.com", scheme: "http"},
		"secure-url-over-protocol":  {ecs: types.StringValue("https://ecs.example.com"), protocol: types.StringValue("HTTP"), host: "ecs.example.com", scheme: "https"},
		"environment":               {ecs: null, protocol: null, env: "http://env.example.com", host: "env.example.com", scheme: "http"},
		"block-over-environment":    {ecs: types.StringValue("ecs.example.com"), protocol: null, env: "http://env.example.com", host: "ecs.example.com", scheme: "https"},
		"unknown-over-environment":  {ecs: unknown, protocol: null, env: "http://env.example.com", scheme: "https"},
		"malformed":                 {ecs: types.StringValue("ecs.example.com/x"), protocol: null, scheme: "https", wrong: true},
		"malformed-and-environment": {ecs: null, protocol: null, env: "ecs.example.com/x", scheme: "https", wrong: true},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			host, scheme := resolveEndpoint(tc.ecs, tc.protocol, func(name string) string {
				return map[string]string{"ECS_ENDPOINT": tc.env, "TF_ENDPOINT_PATH": tc.file}[name]
			}, &diags)
			if host != tc.host || scheme != tc.scheme || diags.HasError() != tc.wrong {
				t.Errorf("got %q, %q and %v", host, scheme, diags)
			}
		})
	}
}

// TestResolveSTSEndpoint checks that an endpoint of STS passes without a scheme
// and with https, and that no other one is called.
func TestResolveSTSEndpoint(t *testing.T) {
	for name, tc := range map[string]struct {
		sts   types.String
		host  string
		wrong string // part of the error
	}{
		"none":          {sts: types.StringNull()},
		"unknown":       {sts: types.StringUnknown()},
		"host":          {sts: types.StringValue("sts.aliyuncs.com"), host: "sts.aliyuncs.com"},
		"host-and-port": {sts: types.StringValue("127.0.0.1:8443"), host: "127.0.0.1:8443"},
		"https-url":     {sts: types.StringValue("https://sts.aliyuncs.com/"), host: "sts.aliyuncs.com"},
		"blanks-around": {sts: types.StringValue(" sts.aliyuncs.com\n"), host: "sts.aliyuncs.com"},
		"by-http":       {sts: types.StringValue("http://sts.aliyuncs.com"), wrong: "is not HTTPS"},
		"with-path":     {sts: types.StringValue("sts.aliyuncs.com/x"), wrong: "more than a host"},
		"with-account":  {sts: types.StringValue("user:p@ss@sts.aliyuncs.com"), wrong: `endpoints.sts of the provider block is "…@sts.aliyuncs.com"`},
	} {
		t.Run(name, func(t *testing.T) {
			var diags diag.Diagnostics
			host := resolveSTSEndpoint(tc.sts, &diags)
			if diags.HasError() != (tc.wrong != "") || tc.wrong == "" && host != tc.host {
				t.Fatalf("got %q and %v", host, diags)
			}
			if tc.wrong == "" {
				return
			}
			if hung, ok := diags[0].(diag.DiagnosticWithPath); !ok || !hung.Path().Equal(path.Root("endpoints")) || !strings.Contains(diags[0].Detail(), tc.wrong) {
				t.Errorf("got %v, want an error of endpoints that says %q", diags, tc.wrong)
			}
		})
	}
}

// TestEndpoint_of_blocks checks which of several blocks counts.
func TestEndpoint_of_blocks(t *testing.T) {
	blocks := func(values ...attr.Value) types.List {
		attributes := map[string]attr.Type{"ecs": types.StringType}
		var objects []attr.Value
		for _, value := range values {
			objects = append(objects, types.ObjectValueMust(attributes, map[string]attr.Value{"ecs": value}))
		}
		return types.ListValueMust(types.ObjectType{AttrTypes: attributes}, objects)
	}
	first, second := types.StringValue("a.example.com"), types.StringValue("b.example.com")
	for name, tc := range map[string]struct {
		blocks types.List
		want   types.String
		wrong  bool
	}{
		"none":       {blocks(), types.StringNull(), false},
		"one":        {blocks(first), first, false},
		"two":        {blocks(first, second), second, true},
		"same":       {blocks(first, first), first, false},
		"last-null":  {blocks(first, types.StringNull()), first, false},
		"last-empty": {blocks(first, types.StringValue("")), first, false},
		"only-empty": {blocks(types.StringValue(" ")), types.StringNull(), false},
		"unknown":    {blocks(types.StringNull(), types.StringUnknown()), types.StringUnknown(), false},
	} {
		var diags diag.Diagnostics
		if got := endpoint(tc.blocks, "ecs", &diags); !got.Equal(tc.want) || diags.HasError() != tc.wrong {
			t.Errorf("%s: got %s and %v, want %s", name, got, diags, tc.want)
		}
	}
}

// TestEndpoint_hides_a_password checks that two endpoints can be refused without
// what stands before their hosts.
func TestEndpoint_hides_a_password(t *testing.T) {
	attributes := map[string]attr.Type{"ecs": types.StringType}
	block := func(value string) attr.Value {
		return types.ObjectValueMust(attributes, map[string]attr.Value{"ecs": types.StringValue(value)})
	}
	blocks := types.ListValueMust(types.ObjectType{AttrTypes: attributes},
		[]attr.Value{block("https://user:p@ss@a.example.com"), block("user:word@b.example.com")})
	var diags diag.Diagnostics
	endpoint(blocks, "ecs", &diags)
	if len(diags) != 1 || strings.Contains(diags[0].Detail(), "user") || !strings.Contains(diags[0].Detail(), `"…@a.example.com" and "…@b.example.com"`) {
		t.Errorf("got %v", diags)
	}
}

func TestResolveEndpoint_hides_a_password(t *testing.T) {
	var diags diag.Diagnostics
	env := func(name string) string {
		return map[string]string{"ECS_ENDPOINT": "https://user:p@ss@ecs.example.com"}[name]
	}
	resolveEndpoint(types.StringNull(), types.StringNull(), env, &diags)
	if len(diags) != 1 || strings.Contains(diags[0].Detail(), "user") || strings.Contains(diags[0].Detail(), "p@ss") ||
		!strings.Contains(diags[0].Detail(), `ECS_ENDPOINT is "…@ecs.example.com"`) {
		t.Errorf("got %v", diags)
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
