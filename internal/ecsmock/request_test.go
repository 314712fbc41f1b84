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

func TestRequest_unreadable(t *testing.T) {
	good := func() string { return signed(http.MethodPost, release(nil)).Encode() }
	for name, test := range map[string]struct {
		method, target, contentType, body string
		status                            int
		code                              string
	}{
		"other-method":          {"PUT", "/?" + good(), "", "", 400, "UnsupportedHTTPMethod"},
		"other-path":            {"POST", "/v1?" + good(), "", "", 404, "InvalidAction.NotFound"},
		"nothing":               {"GET", "/?Format=json", "", "", 400, "MissingParameter"},
		"malformed-query":       {"POST", "/?A=%zz&" + good(), "", "", 400, "InvalidParameter"},
		"malformed-form":        {"POST", "/?" + good(), formType, "A=%zz", 400, "InvalidParameter"},
		"twice-in-query":        {"POST", "/?PublicIpAddress=1&" + good(), "", "", 400, "InvalidParameter"},
		"twice-in-form":         {"POST", "/?" + good(), formType, "A=1&A=2", 400, "InvalidParameter"},
		"too-large":             {"POST", "/?" + good(), formType, strings.Repeat("A", 1<<20+1), 400, "InvalidParameter"},
		"added-after-signing":   {"POST", "/?DryRun=true&" + good(), "", "", 400, "SignatureDoesNotMatch"},
		"signed-for-post":       {"GET", "/?" + good(), "", "", 400, "SignatureDoesNotMatch"},
		"body-of-another-type":  {"POST", "/?" + good(), "text/plain", "DryRun=true", 400, "NotSupportedByMock"},
		"body-without-type":     {"POST", "/?" + good(), "", "DryRun=true", 400, "NotSupportedByMock"},
		"no-body-of-any-type":   {"POST", "/?" + good(), "application/json", "", 200, ""},
		"form-with-its-charset": {"POST", "/?" + good(), formType + "; charset=utf-8", "", 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, seed())
			response, err := client.Do(newRequest(t, test.method, server.URL()+test.target, test.contentType, test.body))
			wantAnswer(t, response, err, test.status, test.code)
			if len(server.Calls()) != 1 {
				t.Errorf("on record: %+v", server.Calls())
			}
		})
	}
}

func TestRequest_without_JSON_is_answered_in_words(t *testing.T) {
	for name, over := range map[string]params{
		"xml":             {"Format": "XML"},
		"none":            {"Format": "-"},
		"unknown":         {"Format": "YAML"},
		"not-even-signed": {"Format": "-", "AccessKeyId": "-", "Signature": "-"},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, seed())
			response, err := send(server, release(over))
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
	f.Add("POST", signed(http.MethodPost, release(params{"Signature": "forged"})).Encode(), "")
	f.Add("POST", "Action=ReleasePublicIpAddress", "PublicIpAddress="+vpcIP+"&%zz")
	f.Add("GET", "Action=DescribeInstances&Action=ReleasePublicIpAddress", "\x00")
	f.Add("HEAD", "Version=2014-05-26&;", "=&=")
	f.Fuzz(func(t *testing.T, method, query, form string) {
		gateway := newGateway(t)
		request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form))
		request.Method, request.URL = method, &url.URL{Path: "/", RawQuery: "Format=JSON&" + query}
		request.Header.Set("Content-Type", formType)
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
