package rpc_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	sdk "github.com/alibabacloud-go/tea-rpc/client"
	util "github.com/alibabacloud-go/tea-utils/service"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// TestDo_sends_what_the_SDK_sends makes the same call by the SDK's own
// DoRequest and by this package, to one server.
func TestDo_sends_what_the_SDK_sends(t *testing.T) {
	const odd = "a/b+c=d&e ~*'()!é%20\"\\"
	for name, tc := range map[string]struct {
		keys          rpc.Keys
		query, form   map[string]string
		agent, source string
	}{
		"plain": {keys: rpc.Keys{AccessKeyID: "id", AccessKeySecret: "secret"}, query: map[string]string{"RegionId": "cn-hangzhou"}},
		"all": {keys: rpc.Keys{AccessKeyID: "id", AccessKeySecret: "secret", SecurityToken: "token"}, query: map[string]string{"DryRun": "true"},
			agent: "test/1", source: "121.40.1.1"},
		"odd":        {keys: rpc.Keys{AccessKeyID: odd, AccessKeySecret: odd, SecurityToken: odd}, query: map[string]string{odd: odd, "Empty": ""}, source: odd},
		"form":       {keys: rpc.Keys{AccessKeyID: "id", AccessKeySecret: "secret"}, form: map[string]string{"RoleArn": odd}},
		"not-signed": {form: map[string]string{"OIDCToken": odd}},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				headers := maps.Clone(r.Header)
				headers.Del("Accept-Encoding") // net/http's own
				if len(body) == 0 {
					headers.Del("Content-Length")
				}
				form, err := url.ParseQuery(string(body))
				if err != nil {
					t.Error(err)
				}
				seen = append(seen, fmt.Sprintf("%s %s %s\nquery %v\nform %v\nheaders %v", r.Method, r.Host, r.URL.Path, r.URL.Query(), form, headers))
				_, _ = io.WriteString(w, released)
			}))
			t.Cleanup(server.Close)
			endpoint := strings.TrimPrefix(server.URL, "http://")
			// Given in the query, both keep them.
			query := map[string]string{"Timestamp": "2026-11-26T12:00:00Z", "SignatureNonce": "nonce"}
			maps.Copy(query, tc.query)

			anyOf := func(from map[string]string) map[string]any {
				if from == nil {
					return nil
				}
				all := map[string]any{}
				for name, value := range from {
					all[name] = value
				}
				return all
			}
			config := &sdk.Config{
				AccessKeyId: &tc.keys.AccessKeyID, AccessKeySecret: &tc.keys.AccessKeySecret, SecurityToken: &tc.keys.SecurityToken,
				Endpoint: &endpoint, Protocol: new("HTTP"), UserAgent: &tc.agent,
			}
			auth := "AK"
			if tc.keys.AccessKeyID == "" {
				auth = "Anonymous"
				config.AccessKeyId, config.AccessKeySecret = new("unused"), new("unused")
			}
			if tc.source != "" {
				config.SourceIp, config.SecureTransport = &tc.source, new("true")
			}
			client, err := sdk.NewClient(config)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.DoRequest(new("AssumeRole"), nil, new("POST"), new("2015-04-01"), &auth, anyOf(query), anyOf(tc.form), &util.RuntimeOptions{})
			if err != nil {
				t.Fatal(err)
			}

			ours, _ := serve(t, http.NotFound, func(s *settings) {
				s.UserAgent, s.SourceIP = tc.agent, tc.source
				if tc.source != "" {
					s.SecureTransport = "true"
				}
				s.call = rpc.Call{
					Action: "AssumeRole", Version: "2015-04-01", Scheme: "http", Endpoint: endpoint, Query: query, Form: tc.form,
					Keys: keys(tc.keys.AccessKeyID, tc.keys.AccessKeySecret, tc.keys.SecurityToken),
				}
				if tc.keys.AccessKeyID == "" {
					s.call.Keys = nil
				}
			})
			if _, err := ours.release(t.Context()); err != nil {
				t.Fatal(err)
			}
			if seen[0] != seen[1] {
				t.Errorf("the SDK sends\n%s\n\nand this package\n%s", seen[0], seen[1])
			}
		})
	}
}
