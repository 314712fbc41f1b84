package ecsmock_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestUnreadableRequests(t *testing.T) {
	good := func() string { return signedNow(release(params{"PublicIpAddress": vpcIP})).Encode() }
	const form = "application/x-www-form-urlencoded"
	for name, test := range map[string]struct {
		method, target, contentType, body string
		status                            int
		code                              string
	}{
		"other-method":          {"PUT", "/?" + good(), "", "", 400, "UnsupportedHTTPMethod"},
		"other-path":            {"POST", "/v1?" + good(), "", "", 404, "InvalidAction.NotFound"},
		"nothing":               {"GET", "/?Format=json", "", "", 400, "MissingParameter"},
		"malformed-query":       {"POST", "/?A=%zz&" + good(), "", "", 400, "InvalidParameter"},
		"malformed-form":        {"POST", "/?" + good(), form, "A=%zz", 400, "InvalidParameter"},
		"twice-in-query":        {"POST", "/?PublicIpAddress=1&" + good(), "", "", 400, "InvalidParameter"},
		"twice-in-form":         {"POST", "/?" + good(), form, "A=1&A=2", 400, "InvalidParameter"},
		"too-large":             {"POST", "/?" + good(), form, strings.Repeat("A", 1<<20+1), 400, "InvalidParameter"},
		"added-after-signing":   {"POST", "/?DryRun=true&" + good(), "", "", 400, "SignatureDoesNotMatch"},
		"signed-for-post":       {"GET", "/?" + good(), "", "", 400, "SignatureDoesNotMatch"},
		"body-of-another-type":  {"POST", "/?" + good(), "text/plain", "DryRun=true", 400, "NotSupportedByMock"},
		"body-without-type":     {"POST", "/?" + good(), "", "DryRun=true", 400, "NotSupportedByMock"},
		"no-body-of-any-type":   {"POST", "/?" + good(), "application/json", "", 200, ""},
		"form-with-its-charset": {"POST", "/?" + good(), form + "; charset=utf-8", "", 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, seed())
			request, err := http.NewRequest(test.method, server.URL()+test.target, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", test.contentType)
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			if status, answer := decode(t, response); status != test.status || answer.Code != test.code {
				t.Errorf("got %d %s: %s", status, answer.Code, answer.Message)
			}
			if len(server.Calls()) != 1 {
				t.Errorf("on record: %+v", server.Calls())
			}
		})
	}
}

func TestAnswersInWordsWithoutJSON(t *testing.T) {
	for name, query := range map[string]url.Values{
		"xml":             signedNow(release(params{"PublicIpAddress": vpcIP, "Format": "XML"})),
		"none":            signedNow(release(params{"PublicIpAddress": vpcIP, "Format": "-"})),
		"unknown":         signedNow(release(params{"PublicIpAddress": vpcIP, "Format": "YAML"})),
		"not-even-signed": {"Action": {"DescribeInstances"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, seed())
			response, err := send(server, query)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil || response.StatusCode != http.StatusNotAcceptable || response.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("got %d %q: %v", response.StatusCode, body, err)
			}
			contains(t, string(body), "ecsmock, a mock of ECS")
			contains(t, string(body), "Send Format=JSON")
			if call := server.Calls()[0]; call.Code != "NotSupportedByMock" || call.Released {
				t.Errorf("on record: %+v", call)
			}
		})
	}
}

// FuzzRequest sends anything as query and form: it is answered in the error
// envelope or in words, and whoever does not know the secret changes nothing.
func FuzzRequest(f *testing.F) {
	f.Add("POST", signedNow(release(params{"PublicIpAddress": vpcIP, "Signature": "forged"})).Encode(), "")
	f.Add("POST", "Action=ReleasePublicIpAddress", "PublicIpAddress="+vpcIP+"&%zz")
	f.Add("GET", "Action=DescribeInstances&Action=ReleasePublicIpAddress", "\x00")
	f.Add("HEAD", "Version=2014-05-26&;", "=&=")
	f.Fuzz(func(t *testing.T, method, query, form string) {
		gateway, err := ecsmock.NewGateway(seed())
		if err != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form))
		request.Method, request.URL = method, &url.URL{Path: "/", RawQuery: "Format=JSON&" + query}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		recorder := httptest.NewRecorder()
		gateway.ServeHTTP(recorder, request)

		var answer envelope
		if err := json.Unmarshal(recorder.Body.Bytes(), &answer); recorder.Code != http.StatusNotAcceptable &&
			(err != nil || answer.Code == "" || answer.RequestID == "") {
			t.Errorf("answered %q: %v", recorder.Body, err)
		}
		if recorder.Code < 400 || gateway.Releases() != 0 || len(gateway.Calls()) != 1 {
			t.Errorf("got %d, on record %+v", recorder.Code, gateway.Calls())
		}
	})
}

// FuzzParseSeed reads anything as a seed: what is accepted also starts.
func FuzzParseSeed(f *testing.F) {
	f.Add([]byte(wholeSeed))
	f.Add([]byte(`{"keys": null, "instances": [{}]}`))
	f.Add([]byte(`{"faults": [{"kind": "pass"}]} 1`))
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, err := ecsmock.ParseSeed(data)
		if err != nil {
			return
		}
		if _, err := ecsmock.NewGateway(parsed); err != nil {
			t.Error(err)
		}
	})
}
