package publicip

import (
	"net/netip"
	"strings"
	"testing"
)

func TestPublicIPv4Problem(t *testing.T) {
	const notIPv4, notIPv6 = "is not an IPv4 address", "is an IPv6 address"
	for name, tc := range map[string]struct{ value, says string }{ // nothing: it is fine
		"public": {"121.40.10.20", ""},
		"lowest": {"1.0.0.0", ""}, "highest": {"223.255.255.255", ""},
		"zeros-that-do-not-lead": {"100.0.0.100", ""},

		// The neighbours of each range show that it ends where it should.
		"this-network": {"0.255.255.255", "stands for this network (0.0.0.0/8)"}, "unspecified": {"0.0.0.0", "stands for this network"},
		"private-10-below": {"9.255.255.255", ""}, "private-10": {"10.0.0.0", "is private (10.0.0.0/8)"},
		"private-10-last": {"10.255.255.255", "is private"}, "private-10-above": {"11.0.0.0", ""},
		"shared-below": {"100.63.255.255", ""}, "shared": {"100.64.0.0", "is shared address space"},
		"shared-last": {"100.127.255.255", "(100.64.0.0/10)"}, "shared-above": {"100.128.0.0", ""},
		"loopback-below": {"126.255.255.255", ""}, "loopback": {"127.0.0.1", "is loopback (127.0.0.0/8)"}, "loopback-above": {"128.0.0.0", ""},
		"link-local-below": {"169.253.255.255", ""}, "link-local": {"169.254.0.1", "is link-local (169.254.0.0/16)"}, "link-local-above": {"169.255.0.0", ""},
		"private-172-below": {"172.15.255.255", ""}, "private-172": {"172.16.0.0", "is private (172.16.0.0/12)"},
		"private-172-last": {"172.31.255.255", "is private"}, "private-172-above": {"172.32.0.0", ""},
		"private-192-below": {"192.167.255.255", ""}, "private-192": {"192.168.0.0", "is private (192.168.0.0/16)"}, "private-192-above": {"192.169.0.0", ""},
		"multicast": {"224.0.0.0", "is multicast (224.0.0.0/4)"}, "multicast-last": {"239.255.255.255", "is multicast"},
		"reserved": {"240.0.0.0", "is reserved (240.0.0.0/4)"}, "reserved-last": {"255.255.255.254", "is reserved"},
		"broadcast": {"255.255.255.255", "is broadcast (255.255.255.255/32)"},

		"ipv6": {"2001:db8::1", notIPv6}, "ipv6-mapped": {"::ffff:121.40.10.20", notIPv6}, "ipv6-zone": {"fe80::1%eth0", notIPv6},
		"leading-zero": {"121.040.10.20", notIPv4}, "prefix-length": {"121.40.10.20/32", notIPv4}, "port": {"121.40.10.20:80", notIPv4},
		"white-space": {" 121.40.10.20", notIPv4}, "line-break": {"121.40.10.20\n", notIPv4}, "three-parts": {"121.40.10", notIPv4},
		"five-parts": {"121.40.10.20.1", notIPv4}, "too-large": {"121.40.10.256", notIPv4}, "negative": {"121.40.10.-1", notIPv4},
		"hexadecimal": {"0x79.40.10.20", notIPv4}, "decimal": {"2032667156", notIPv4}, "host-name": {"ip.example.com", notIPv4},
		"other-digits": {"١٢١.40.10.20", notIPv4}, "two": {"121.40.10.20,121.40.10.21", notIPv4}, "empty": {"", notIPv4},
	} {
		t.Run(name, func(t *testing.T) {
			got := publicIPv4Problem(tc.value)
			switch {
			case tc.says == "" && got != "":
				t.Errorf("%s is refused: %s", tc.value, got)
			case tc.says != "" && !(strings.Contains(got, tc.says) && strings.Contains(got, strings.TrimSpace(tc.value)) && strings.Contains(got, "for example")):
				t.Errorf("got %q, want the value, that it %s, and what would be right", got, tc.says)
			}
		})
	}
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
