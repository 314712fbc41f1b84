package publicip

import (
	"strings"
	"testing"
)

func TestParseID(t *testing.T) {
	for id, tc := range map[string]struct {
		want Request
		says string // of the problem
	}{
		"cn-hangzhou:i-bp67acfmxazb4p0001:121.40.10.20": {want: testRequest},
		"cn-hangzhou::121.40.10.20":                     {want: Request{RegionID: "cn-hangzhou", PublicIPAddress: "121.40.10.20"}},
		"cn-north-2-gov-1:AY10Ab:121.40.10.20":          {want: Request{RegionID: "cn-north-2-gov-1", InstanceID: "AY10Ab", PublicIPAddress: "121.40.10.20"}},

		"":                                 {says: "has 1 parts, not 3"},
		"121.40.10.20":                     {says: "has 1 parts, not 3"},
		"cn-hangzhou:121.40.10.20":         {says: "has 2 parts, not 3"},
		"cn-hangzhou::121.40.10.20:":       {says: "has 4 parts, not 3"},
		"cn-hangzhou::::ffff:121.40.10.20": {says: "has 6 parts, not 3"},
		"::":                               {says: "does not begin with a region ID"},
		":i-1:121.40.10.20":                {says: "does not begin with a region ID"},
		"CN-Hangzhou::121.40.10.20":        {says: "does not begin with a region ID"},
		" cn-hangzhou::121.40.10.20":       {says: "does not begin with a region ID"},
		"evil.example/::121.40.10.20":      {says: "does not begin with a region ID"},
		"cn-hangzhou:bp1:121.40.10.20":     {says: "does not have an instance ID in the middle"},
		"cn-hangzhou:I-BP1:121.40.10.20":   {says: "does not have an instance ID in the middle"},
		"cn-hangzhou: :121.40.10.20":       {says: "does not have an instance ID in the middle"},
		"cn-hangzhou::":                    {says: "does not end with a public IPv4 address"},
		"cn-hangzhou::10.0.0.1":            {says: "is private (10.0.0.0/8)"},
		"cn-hangzhou::121.40.10.20 ":       {says: "does not end with a public IPv4 address"},
		"cn-hangzhou::121.40.10.20\n":      {says: "does not end with a public IPv4 address"},
	} {
		t.Run(id, func(t *testing.T) {
			got, problem := parseID(id)
			if got != tc.want || (problem == "") != (tc.says == "") || !strings.Contains(problem, tc.says) {
				t.Errorf("got %+v and %q, want %+v and %q", got, problem, tc.want, tc.says)
			}
			if problem == "" && formatID(got) != id {
				t.Errorf("it is written %q", formatID(got))
			}
		})
	}
}

func TestValidInstanceID(t *testing.T) {
	for id, want := range map[string]bool{
		"i-bp67acfmxazb4p0001": true, "i-1": true, "AY1206280313abcd": true, "AYZ": true, "i-" + strings.Repeat("a", 62): true,
		"i-" + strings.Repeat("a", 63): false, "AY" + strings.Repeat("a", 63): false,
		"": false, "i-": false, "AY": false, "ay1": false, "I-1": false, "i-A": false, "bp67acfm": false, "eip-1": false,
		" i-1": false, "i-1 ": false, "i-1\n": false, "i-1&Action=DeleteInstance": false, "i-1,i-2": false, `["i-1"]`: false, "i-é": false,
	} {
		if got := validInstanceID(id); got != want {
			t.Errorf("%q: got %v, want %v", id, got, want)
		}
	}
}

func FuzzParseID(f *testing.F) {
	for _, id := range []string{
		"cn-hangzhou:i-bp67acfmxazb4p0001:121.40.10.20", "cn-hangzhou::121.40.10.20", "::", "", "a:b",
		"cn-hangzhou:AY1:10.0.0.1", "cn-hangzhou:i-1:121.40.10.20:",
	} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		req, problem := parseID(id)
		switch {
		case problem != "" && req != Request{}:
			t.Errorf("%q: both a request and a problem", id)
		case problem != "" && !strings.Contains(problem, "region_id:instance_id:public_ip_address"):
			t.Errorf("%q: the problem does not show the form: %s", id, problem)
		case problem == "" && formatID(req) != id:
			t.Errorf("%q became %q", id, formatID(req))
		}
	})
}
