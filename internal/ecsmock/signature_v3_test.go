package ecsmock_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// requestV3 makes a request with signature V3 as the published rules say, over
// whose headers the given ones take effect; "-" leaves a header out.
func requestV3(t *testing.T, method, endpoint string, query url.Values, form, id, secret string, over params) *http.Request {
	t.Helper()
	encoded := strings.ReplaceAll(query.Encode(), "+", "%20")
	request, err := http.NewRequest(method, endpoint+"/?"+encoded, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	sum := func(text string) string {
		hash := sha256.Sum256([]byte(text))
		return hex.EncodeToString(hash[:])
	}
	header := params{
		"host": request.URL.Host, "x-acs-version": "2014-05-26", "x-acs-date": timestamp(time.Now()),
		"x-acs-signature-nonce": rand.Text(), "x-acs-content-sha256": sum(form),
	}
	if form != "" {
		header["content-type"] = "application/x-www-form-urlencoded"
	}
	maps.Copy(header, over)
	maps.DeleteFunc(header, func(_, value string) bool { return value == "-" })
	names := slices.Sorted(maps.Keys(header))
	canonical := method + "\n/\n" + encoded + "\n"
	for _, name := range names {
		canonical += name + ":" + strings.TrimSpace(header[name]) + "\n"
		request.Header.Set(name, header[name])
	}
	request.Header.Del("host")
	canonical += "\n" + strings.Join(names, ";") + "\n" + sum(form)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + sum(canonical)))
	request.Header.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+id+",SignedHeaders="+strings.Join(names, ";")+
		",Signature="+hex.EncodeToString(mac.Sum(nil)))
	return request
}

// TestSignatureV3_published_example holds the requests of the tests below against the
// example in Alibaba Cloud's documentation of signature V3.
func TestSignatureV3_published_example(t *testing.T) {
	request := requestV3(t, http.MethodPost, "https://ecs.cn-shanghai.aliyuncs.com",
		url.Values{"ImageId": {"win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}, "RegionId": {"cn-shanghai"}},
		"", "YourAccessKeyId", "YourAccessKeySecret", params{
			"x-acs-action": "RunInstances", "x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
		})
	const want = "ACS3-HMAC-SHA256 Credential=YourAccessKeyId," +
		"SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version," +
		"Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
	if got := request.Header.Get("Authorization"); got != want {
		t.Errorf("got %s", got)
	}
}

func TestSignatureV3(t *testing.T) {
	const token = "mock-token"
	release := params{"x-acs-action": "ReleasePublicIpAddress", "x-acs-security-token": token}
	with := func(over params) params {
		all := maps.Clone(release)
		maps.Copy(all, over)
		return all
	}
	query := url.Values{"RegionId": {region}, "PublicIpAddress": {vpcIP}}
	odd := url.Values{"RegionId": {region}, "PublicIpAddress": {vpcIP}, "InstanceId": {" é*~+&/="}}
	authorization := func(old, changed string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, changed, 1))
		}
	}
	for name, test := range map[string]struct {
		query  url.Values
		form   string
		secret string
		header params
		change func(*http.Request) // once it is signed
		status int
		code   string
	}{
		"query":               {query, "", keySecret, release, nil, 200, ""},
		"query-and-form":      {url.Values{"RegionId": {region}}, "PublicIpAddress=" + vpcIP, keySecret, release, nil, 200, ""},
		"odd-characters":      {odd, "", keySecret, release, nil, 404, "InvalidInstanceId.NotFound"},
		"more-signed-headers": {query, "", keySecret, with(params{"x-acs-accesskey-id": keyID, "x-acs-anything": " spaces "}), nil, 200, ""},
		"wrong-secret":        {query, "", "other-secret", release, nil, 400, "SignatureDoesNotMatch"},
		"query-changed": {query, "", keySecret, release, func(r *http.Request) { r.URL.RawQuery += "&DryRun=true" }, 400,
			"SignatureDoesNotMatch"},
		"header-changed": {query, "", keySecret, release, func(r *http.Request) { r.Header.Set("x-acs-signature-nonce", "2") }, 400,
			"SignatureDoesNotMatch"},
		"form-changed": {url.Values{"RegionId": {region}}, "PublicIpAddress=121.40.9.9", keySecret, release, func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader("PublicIpAddress=" + vpcIP))
			r.ContentLength = -1
		}, 400, "SignatureDoesNotMatch"},
		"method-changed":       {query, "", keySecret, release, func(r *http.Request) { r.Method = http.MethodGet }, 400, "SignatureDoesNotMatch"},
		"signature-missing":    {query, "", keySecret, release, authorization("Signature=", "Sign="), 400, "IncompleteSignature"},
		"header-not-signed":    {query, "", keySecret, release, func(r *http.Request) { r.Header.Set("x-acs-extra", "1") }, 400, "IncompleteSignature"},
		"host-not-signed":      {query, "", keySecret, release, authorization("=host;", "="), 400, "IncompleteSignature"},
		"other-algorithm":      {query, "", keySecret, release, authorization("HMAC-SHA256", "HMAC-SM3"), 400, "NotSupportedByMock"},
		"signature-of-roa":     {query, "", keySecret, release, authorization("ACS3-HMAC-SHA256", "acs"), 400, "NotSupportedByMock"},
		"unknown-key":          {query, "", keySecret, release, authorization(keyID, "nobody"), 404, "InvalidAccessKeyId.NotFound"},
		"action-missing":       {query, "", keySecret, with(params{"x-acs-action": "-"}), nil, 400, "MissingParameter"},
		"version-missing":      {query, "", keySecret, with(params{"x-acs-version": "-"}), nil, 400, "MissingParameter"},
		"nonce-missing":        {query, "", keySecret, with(params{"x-acs-signature-nonce": "-"}), nil, 400, "MissingParameter"},
		"date-missing":         {query, "", keySecret, with(params{"x-acs-date": "-"}), nil, 400, "IllegalTimestamp"},
		"date-of-last-year":    {query, "", keySecret, with(params{"x-acs-date": "2025-01-01T00:00:00Z"}), nil, 400, "InvalidTimeStamp.Expired"},
		"token-missing":        {query, "", keySecret, with(params{"x-acs-security-token": "-"}), nil, 400, "MissingSecurityToken"},
		"action-in-query-also": {url.Values{"Action": {"DescribeInstances"}}, "", keySecret, release, nil, 400, "InvalidParameter"},
	} {
		t.Run(name, func(t *testing.T) {
			s := seed()
			s.Keys[0].SecurityToken = token
			server := start(t, s)
			request := requestV3(t, http.MethodPost, server.URL(), test.query, test.form, keyID, test.secret, test.header)
			if test.change != nil {
				test.change(request)
			}
			response, err := client.Do(request)
			wantAnswer(t, response, err, test.status, test.code)
			if released := server.Releases() == 1; released != (test.code == "") {
				t.Errorf("released: %t", released)
			}
		})
	}
}

func TestSignatureV3_nonce_is_good_once(t *testing.T) {
	server := start(t, seed())
	for n, code := range []string{"", "SignatureNonceUsed"} {
		response, err := client.Do(requestV3(t, http.MethodGet, server.URL(), url.Values{"RegionId": {region}}, "", keyID, keySecret,
			params{"x-acs-action": "DescribeInstances", "x-acs-signature-nonce": "one"}))
		wantAnswer(t, response, err, []int{200, 400}[n], code)
	}
	if call := server.Calls()[0]; call.Action != "DescribeInstances" || call.Params.Get("AccessKeyId") != keyID {
		t.Errorf("on record: %+v", call)
	}
}
