package ecsmock_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
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
func common(over params) url.Values {
	all := params{
		"Format": "JSON", "Version": "2014-05-26", "AccessKeyId": keyID, "SignatureMethod": "HMAC-SHA1",
		"SignatureVersion": "1.0", "SignatureNonce": fmt.Sprint("nonce-", nonces.Add(1)), "Timestamp": timestamp(time.Now()),
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

func timestamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }

// signed is common with the signature of the seed's key.
func signed(method string, over params) url.Values {
	values := common(over)
	if _, given := over["Signature"]; !given {
		values.Set("Signature", ecsmock.Sign(method, values, keySecret))
	}
	return values
}

// target is the path and query of a signed POST.
func target(over params) string { return "/?" + signed(http.MethodPost, over).Encode() }

// release releases vpcIP unless it is told otherwise.
func release(over params) params {
	all := params{"Action": "ReleasePublicIpAddress", "RegionId": region, "PublicIpAddress": vpcIP}
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

const formType = "application/x-www-form-urlencoded"

func newRequest(t *testing.T, method, url, contentType, body string) *http.Request {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	return request
}

// send posts what is signed in the query, and nothing else.
func send(server *ecsmock.Server, over params) (*http.Response, error) {
	return client.Post(server.URL()+target(over), formType, nil)
}

// wantCode sends a request that the API must answer with a status and a code,
// which is empty for success.
func wantCode(t *testing.T, server *ecsmock.Server, over params, status int, code string) envelope {
	t.Helper()
	response, err := send(server, over)
	return wantAnswer(t, response, err, status, code)
}

// wantAnswer is wantCode for a request that is sent.
func wantAnswer(t *testing.T, response *http.Response, err error, status int, code string) envelope {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
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
	if response.StatusCode != status || answer.Code != code {
		t.Errorf("got %d %q (%s), want %d %q", response.StatusCode, answer.Code, answer.Message, status, code)
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

// serve has a gateway answer a signed POST without a connection, and reports
// whether the handler ended as one that cuts the connection does.
func serve(ctx context.Context, gateway *ecsmock.Gateway, over params) (recorder *httptest.ResponseRecorder, cut bool) {
	recorder = httptest.NewRecorder()
	defer func() {
		thrown := recover()
		err, _ := thrown.(error)
		if cut = errors.Is(err, http.ErrAbortHandler); thrown != nil && !cut {
			panic(thrown)
		}
	}()
	gateway.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodPost, target(over), nil))
	return recorder, false
}
