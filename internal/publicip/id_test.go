package publicip

import (
	"net/netip"
	"strings"
	"testing"
)

func FuzzParseID(f *testing.F) {
	for _, id := range []string{"cn-hangzhou:i-bp67acfmxazb4p0001:121.40.10.20", "cn-hangzhou::121.40.10.20", "::", "", "a:b", "cn-hangzhou:AY1:10.0.0.1", "cn-hangzhou:i-1:121.40.10.20:"} {
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

func FuzzPublicIPv4(f *testing.F) {
	for _, s := range []string{"121.40.10.20", "10.0.0.1", "::ffff:121.40.10.20", "121.040.10.20", "121.40.10.20/32", " 121.40.10.20", "", "1.2.3", "256.1.1.1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if publicIPv4Problem(s) != "" {
			return
		}
		address, err := netip.ParseAddr(s)
		if err != nil || !address.Is4() || address.String() != s || !address.IsGlobalUnicast() || address.IsPrivate() {
			t.Errorf("%q passes as a public IPv4 address", s)
		}
	})
}
