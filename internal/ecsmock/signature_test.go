package ecsmock_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsmock"
)

func TestSign(t *testing.T) {
	published := func(timestamp string) url.Values {
		return url.Values{
			"AccessKeyId": {"testid"}, "Action": {"DescribeRegions"}, "Format": {"XML"}, "SignatureMethod": {"HMAC-SHA1"},
			"SignatureNonce": {"3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"}, "SignatureVersion": {"1.0"},
			timestamp: {"2016-02-23T12:46:24Z"}, "Version": {"2014-05-26"},
		}
	}
	withSignature := published("Timestamp")
	withSignature.Set("Signature", "anything")
	for name, test := range map[string]struct {
		params url.Values
		want   string
	}{
		"published-example":              {published("Timestamp"), "OLeaidS1JvxuMvnyHOwuJ+uX5qY="},
		"published-example-of-old-page":  {published("TimeStamp"), "CT9X0VtwR86fNWSnsc6v8YGOjuE="},
		"signature-itself-is-not-signed": {withSignature, "OLeaidS1JvxuMvnyHOwuJ+uX5qY="},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ecsmock.Sign(http.MethodGet, test.params, "testsecret"); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestStringToSign(t *testing.T) {
	for name, test := range map[string]struct{ value, want string }{
		"unreserved-stays":  {"aZ09-_.~", "POST&%2F&A%3DaZ09-_.~"},
		"space-star-plus":   {" *+", "POST&%2F&A%3D%2520%252A%252B"},
		"bytes-of-a-letter": {"é", "POST&%2F&A%3D%25C3%25A9"},
		"separators":        {"&=/", "POST&%2F&A%3D%2526%253D%252F"},
		"empty":             {"", "POST&%2F&A%3D"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ecsmock.StringToSign(http.MethodPost, url.Values{"A": {test.value}}); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestSignature_of_a_request(t *testing.T) {
	server := start(t, seed())
	for name, test := range map[string]struct {
		over params
		code string
	}{
		"wrong":           {params{"Signature": "OLeaidS1JvxuMvnyHOwuJ+uX5qY="}, "SignatureDoesNotMatch"},
		"missing":         {params{"Signature": "-"}, "IncompleteSignature"},
		"other-method":    {params{"SignatureMethod": "HMAC-SHA256"}, "IncompleteSignature"},
		"missing-method":  {params{"SignatureMethod": "-"}, "IncompleteSignature"},
		"other-version":   {params{"SignatureVersion": "2.0"}, "IncompleteSignature"},
		"missing-version": {params{"SignatureVersion": "-"}, "IncompleteSignature"},
	} {
		t.Run(name, func(t *testing.T) {
			values := signed(http.MethodPost, release(test.over))
			response, err := client.PostForm(server.URL(), values)
			answer := wantAnswer(t, response, err, 400, test.code)
			contains(t, answer.Message, "server string to sign is:"+ecsmock.StringToSign(http.MethodPost, values))
			contains(t, answer.Message, "AccessKeyId%3D"+keyID)
		})
	}
	wantReleases(t, server, 0)
}

func TestSignature_covers_query_and_form(t *testing.T) {
	address := url.Values{"PublicIpAddress": {vpcIP}}
	for name, test := range map[string]struct {
		method string
		split  func(all url.Values) (query, form url.Values)
	}{
		"get":        {http.MethodGet, func(all url.Values) (query, form url.Values) { return all, nil }},
		"post-query": {http.MethodPost, func(all url.Values) (query, form url.Values) { return all, nil }},
		"post-form":  {http.MethodPost, func(all url.Values) (query, form url.Values) { return nil, all }},
		"post-query-and-form": {http.MethodPost, func(all url.Values) (query, form url.Values) {
			all.Del("PublicIpAddress")
			return all, address
		}},
		"form-wins-over-query": {http.MethodPost, func(all url.Values) (query, form url.Values) {
			all.Set("PublicIpAddress", classicIP)
			return all, address
		}},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t, seed())
			query, form := test.split(signed(test.method, release(nil)))
			response, err := client.Do(newRequest(t, test.method, server.URL()+"/?"+query.Encode(), formType, form.Encode()))
			wantAnswer(t, response, err, 200, "")
			if i, _ := server.Instance(vpcID); len(i.PublicIPs) != 0 {
				t.Errorf("%s is still on record", vpcIP)
			}
		})
	}
}
