package ecsmock_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

const (
	keyID     = "mock-id"
	keySecret = "mock-secret"
	region    = "cn-hangzhou"
	vpcID     = "i-bp1mockvpc"
	vpcIP     = "121.40.10.11"
	classicID = "i-bp1mockclassic"
	classicIP = "121.40.10.12"
	eipID     = "i-bp1mockeip"
	eipIP     = "121.40.10.13"
)

// seed has one instance of each kind, all of which can release but the EIP's.
func seed() ecsmock.Seed {
	return ecsmock.Seed{
		Keys: []ecsmock.Key{{ID: keyID, Secret: keySecret}},
		Instances: []ecsmock.Instance{
			{ID: vpcID, Region: region, Network: ecsmock.VPC, CreatedHoursAgo: 1, PublicIPs: []string{vpcIP}},
			{ID: classicID, Region: region, Network: ecsmock.Classic, CreatedHoursAgo: 1000, PublicIPs: []string{classicIP}},
			{ID: eipID, Region: region, Network: ecsmock.VPC, CreatedHoursAgo: 1, EIP: &ecsmock.EIP{AllocationID: "eip-bp1mock", Address: eipIP}},
		},
	}
}

func start(t *testing.T, seed ecsmock.Seed, options ...ecsmock.Option) *ecsmock.Server {
	t.Helper()
	server, err := ecsmock.New(seed, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

type params map[string]string

// envelope is the union of all answers of the API.
type envelope struct {
	RequestID          string `json:"RequestId"`
	HostID             string `json:"HostId"`
	Code               string
	Message            string
	Recommend          string
	RemainTimes        string
	AccessDeniedDetail map[string]string
	TotalCount         int
	PageNumber         int
	PageSize           int
	NextToken          string
	Instances          struct{ Instance []instance }
}

type instance struct {
	InstanceID          string `json:"InstanceId"`
	RegionID            string `json:"RegionId"`
	Status              string
	InstanceNetworkType string
	CreationTime        string
	PublicIPAddress     struct {
		IPAddress []string `json:"IpAddress"`
	} `json:"PublicIpAddress"`
	EIPAddress struct {
		AllocationID string `json:"AllocationId"`
		IPAddress    string `json:"IpAddress"`
	} `json:"EipAddress"`
	OperationLocks struct {
		LockReason []struct{ LockReason string }
	}
}

var nonces atomic.Int64

// common returns the parameters that every request must have, over which the
// given ones take effect; the value "-" leaves a parameter out.
func common(now time.Time, over params) url.Values {
	all := params{
		"Format": "JSON", "Version": "2014-05-26", "AccessKeyId": keyID, "SignatureMethod": "HMAC-SHA1",
		"SignatureVersion": "1.0", "SignatureNonce": fmt.Sprint("nonce-", nonces.Add(1)),
		"Timestamp": now.UTC().Format("2006-01-02T15:04:05Z"),
	}
	maps.Copy(all, over)
	values := url.Values{}
	for name, value := range all {
		if value != "-" {
			values.Set(name, value)
		}
	}
	return values
}

// signed is common with the signature of the seed's key.
func signed(method string, now time.Time, over params) url.Values {
	values := common(now, over)
	if _, given := over["Signature"]; !given {
		values.Set("Signature", ecsmock.Sign(method, values, keySecret))
	}
	return values
}

func release(over params) params {
	all := params{"Action": "ReleasePublicIpAddress", "RegionId": region}
	maps.Copy(all, over)
	return all
}

func describe(over params) params {
	all := params{"Action": "DescribeInstances", "RegionId": region}
	maps.Copy(all, over)
	return all
}

var client = &http.Client{
	Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 100, DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send posts the request: what is signed in the query, the rest nowhere.
func send(server *ecsmock.Server, values url.Values) (*http.Response, error) {
	return client.Post(server.URL()+"/?"+values.Encode(), "application/x-www-form-urlencoded", nil)
}

// call sends a signed request that must be answered by the API.
func call(t *testing.T, server *ecsmock.Server, over params) (int, envelope) {
	t.Helper()
	response, err := send(server, signedNow(over))
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, response)
}

func decode(t *testing.T, response *http.Response) (int, envelope) {
	t.Helper()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer envelope
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	if answer.RequestID == "" {
		t.Errorf("no RequestId in %s", body)
	}
	return response.StatusCode, answer
}

func wantCode(t *testing.T, server *ecsmock.Server, over params, status int, code string) envelope {
	t.Helper()
	gotStatus, answer := call(t, server, over)
	if gotStatus != status || answer.Code != code {
		t.Errorf("got %d %q (%s), want %d %q", gotStatus, answer.Code, answer.Message, status, code)
	}
	return answer
}

func wantReleases(t *testing.T, server *ecsmock.Server, n int) {
	t.Helper()
	if got := server.Releases(); got != n {
		t.Errorf("%d effective releases, want %d", got, n)
	}
}

func contains(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q does not contain %q", text, part)
	}
}

func signedNow(over params) url.Values { return signed(http.MethodPost, time.Now(), over) }

// wantAborted checks that a handler ended as one that cuts the connection does.
func wantAborted(t *testing.T, thrown any) {
	t.Helper()
	if err, _ := thrown.(error); !errors.Is(err, http.ErrAbortHandler) {
		t.Errorf("ended with %v", thrown)
	}
}
