package ecsmock_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

const unknownAction = "DescribeNothingAtAll"

// documentation is a range of addresses that nobody has (RFC 5737).
var documentation = netip.MustParsePrefix("203.0.113.0/24")

// harmless is a call that changes nothing at any endpoint, and what the mock
// answers.
type harmless struct {
	over        params
	v3          bool // signed by V3
	wrongSecret bool
	status      int
	code        string
}

var harmlessCalls = map[string]harmless{
	"unknown-key":       {over: describe(params{"AccessKeyId": "nobody-has-this-key"}), status: 404, code: "InvalidAccessKeyId.NotFound"},
	"wrong-secret":      {over: describe(nil), wrongSecret: true, status: 400, code: "SignatureDoesNotMatch"},
	"wrong-secret-v3":   {over: describe(nil), wrongSecret: true, v3: true, status: 400, code: "SignatureDoesNotMatch"},
	"wrong-version":     {over: describe(params{"Version": "2014-05-27"}), status: 400, code: "InvalidVersion"},
	"unknown-action":    {over: params{"Action": unknownAction}, status: 404, code: "InvalidAction.NotFound"},
	"missing-parameter": {over: describe(params{"RegionId": "-"}), status: 400, code: "MissingParameter"},
	"unknown-address":   {over: release(params{"PublicIpAddress": "203.0.113.7"}), status: 400, code: "InvalidIpAddress.NotFound"},
	"unknown-instance": {over: release(params{"PublicIpAddress": "203.0.113.7", "InstanceId": "i-bp1nobodyhasthisid0"}),
		status: 404, code: "InvalidInstanceId.NotFound"},
	"describe-nothing":    {over: describe(params{"InstanceIds": "[]"}), status: 200},
	"describe-nothing-v3": {over: describe(params{"InstanceIds": "[]", "MaxResults": "10"}), v3: true, status: 200},
}

// account is an endpoint, and a key for it.
type account struct{ endpoint, id, secret, token string }

// reply is what the mock and the real service can differ in.
type reply struct {
	status   int
	code     string
	envelope string // the names of its fields, with their kinds
}

// ask sends the call, unless it could release an address.
func (a account) ask(t *testing.T, call harmless) reply {
	t.Helper()
	if !call.releasesNothing() {
		t.Fatalf("not sent, since it could release an address: %v", call.over)
	}
	over := maps.Clone(call.over)
	if over["AccessKeyId"] == "" {
		over["AccessKeyId"], over["SecurityToken"] = a.id, cmp.Or(a.token, "-")
	}
	secret := a.secret
	if call.wrongSecret {
		secret += "-not"
	}
	var request *http.Request
	if call.v3 {
		query := url.Values{}
		for _, name := range []string{"RegionId", "InstanceIds", "MaxResults"} {
			if over[name] != "" {
				query.Set(name, over[name])
			}
		}
		request = requestV3(t, http.MethodPost, a.endpoint, query, "", a.id, secret, params{
			"x-acs-action": over["Action"], "x-acs-security-token": over["SecurityToken"],
		})
	} else {
		form := common(over)
		form.Set("Signature", ecsmock.Sign(http.MethodPost, form, secret))
		request = newRequest(t, http.MethodPost, a.endpoint, formType, form.Encode())
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := reply{status: response.StatusCode}
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		got.envelope = "not a JSON object"
		return got
	}
	got.code, _ = fields["Code"].(string)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		got.envelope += fmt.Sprintf("%s (%T) ", name, fields[name])
	}
	return got
}

// releasesNothing allows only what it knows: no other action, no other address.
func (h harmless) releasesNothing() bool {
	switch h.over["Action"] {
	case "DescribeInstances", unknownAction:
		return true
	case "ReleasePublicIpAddress":
		address, err := netip.ParseAddr(h.over["PublicIpAddress"])
		return err == nil && documentation.Contains(address)
	}
	return false
}

// differences says where the real service does not answer as the mock does.
func differences(mock, service reply) []string {
	var found []string
	for _, d := range []struct {
		what          string
		mock, service any
	}{{"status", mock.status, service.status}, {"code", mock.code, service.code}, {"envelope", mock.envelope, service.envelope}} {
		if d.mock != d.service {
			found = append(found, fmt.Sprintf("%s: the real service has %v, the mock %v", d.what, d.service, d.mock))
		}
	}
	return found
}

// TestHarmlessCalls holds the mock to what it should answer. `make test-real`
// sets ECSMOCK_REAL_ENDPOINT; then it also holds the mock against that endpoint,
// with the keys of the environment.
func TestHarmlessCalls(t *testing.T) {
	server := start(t, seed())
	mock := account{server.URL(), keyID, keySecret, ""}
	service := account{
		os.Getenv("ECSMOCK_REAL_ENDPOINT"), os.Getenv("ALICLOUD_ACCESS_KEY"), os.Getenv("ALICLOUD_SECRET_KEY"), os.Getenv("ALICLOUD_SECURITY_TOKEN"),
	}
	switch {
	case service.endpoint == "":
	case os.Getenv("CI") != "":
		t.Fatal("CI is set: the real service is never called in CI")
	case service.id == "" || service.secret == "":
		t.Fatal("set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY, and ALICLOUD_SECURITY_TOKEN for STS keys")
	}
	for name, call := range harmlessCalls {
		t.Run(name, func(t *testing.T) {
			got := mock.ask(t, call)
			if got.status != call.status || got.code != call.code {
				t.Errorf("got %d %q, want %d %q", got.status, got.code, call.status, call.code)
			}
			if service.endpoint == "" {
				return
			}
			for _, difference := range differences(got, service.ask(t, call)) {
				t.Error(difference)
			}
		})
	}
	wantReleases(t, server, 0)
}

// TestHarmlessCalls_differences has a second mock play a real service that answers otherwise.
func TestHarmlessCalls_differences(t *testing.T) {
	call := harmlessCalls["unknown-address"]
	const truth = `{"Code": "InvalidIpAddress.NotFound", "HostId": "h", "Message": "m", "Recommend": "r", "RequestId": "R-1"}`
	respond := func(status int, old, changed string) []ecsmock.Fault {
		return []ecsmock.Fault{{Kind: ecsmock.Respond, Status: status, Body: strings.Replace(truth, old, changed, 1)}}
	}
	for name, test := range map[string]struct {
		faults []ecsmock.Fault
		want   []string // what differs
	}{
		"none":          {nil, nil},
		"same-shape":    {respond(400, "", ""), nil},
		"status":        {respond(404, "", ""), []string{"status"}},
		"code":          {respond(400, "NotFound", "Gone"), []string{"code"}},
		"missing-field": {respond(400, `"Recommend": "r", `, ""), []string{"envelope"}},
		"new-field":     {respond(400, `"HostId"`, `"News": "", "HostId"`), []string{"envelope"}},
		"other-kind":    {respond(400, `"R-1"`, "1"), []string{"envelope"}},
		"not-json":      {[]ecsmock.Fault{{Kind: ecsmock.BadGateway}}, []string{"status", "code", "envelope"}},
	} {
		t.Run(name, func(t *testing.T) {
			played := seed()
			played.Keys[0], played.Faults = ecsmock.Key{ID: "own-id", Secret: "own-secret", SecurityToken: "own-token"}, test.faults
			mock := account{start(t, seed()).URL(), keyID, keySecret, ""}
			service := account{start(t, played).URL(), "own-id", "own-secret", "own-token"}
			found := differences(mock.ask(t, call), service.ask(t, call))
			if len(found) != len(test.want) {
				t.Fatalf("got %q", found)
			}
			for i, what := range test.want {
				if !strings.HasPrefix(found[i], what+": the real service has ") {
					t.Errorf("got %q, want %s", found[i], what)
				}
			}
		})
	}
}

func TestHarmlessCalls_are_all_that_is_sent(t *testing.T) {
	for name, test := range map[string]struct {
		over params
		want bool
	}{
		"documentation-address": {release(params{"PublicIpAddress": "203.0.113.255"}), true},
		"next-address":          {release(params{"PublicIpAddress": "203.0.114.0"}), false},
		"address-of-the-mock":   {release(nil), false},
		"no-address":            {params{"Action": "ReleasePublicIpAddress"}, false},
		"two-addresses":         {release(params{"PublicIpAddress": "203.0.113.7,121.40.10.11"}), false},
		"mapped-to-ipv6":        {release(params{"PublicIpAddress": "::ffff:203.0.113.7"}), false},
		"other-letter-case":     {params{"Action": "releasePublicIpAddress", "PublicIpAddress": vpcIP}, false},
		"other-action":          {params{"Action": "StopInstance"}, false},
		"no-action":             {params{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (harmless{over: test.over}).releasesNothing(); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}
