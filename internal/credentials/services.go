package credentials

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// metadataURL is where an ECS instance finds its own metadata.
var metadataURL = "http://100.100.100.200"

// issued are the keys in an answer. Each service spells their names in its own
// letter case.
type issued struct {
	Code            string // "Success", where a service has it
	AccessKeyID     string `json:"AccessKeyId"`
	AccessKeySecret string
	SecurityToken   string
	Expiration      string // RFC 3339
}

// lease checks what was issued. Temporary keys have a token and an end.
func (i issued) lease(who service, from string, temporary bool) (lease, error) {
	end, err := time.Parse(time.RFC3339, i.Expiration)
	switch {
	case err != nil && i.Expiration != "":
		return lease{}, who.fail("the expiration in its answer is not an RFC 3339 time")
	case i.AccessKeyID == "" || i.AccessKeySecret == "" || i.Code != "" && i.Code != "Success",
		temporary && (i.SecurityToken == "" || i.Expiration == ""):
		return lease{}, who.fail("its answer lacks a part of the keys")
	}
	keys := rpc.Keys{AccessKeyID: i.AccessKeyID, AccessKeySecret: i.AccessKeySecret, SecurityToken: i.SecurityToken, From: from}
	return lease{keys, end}, nil
}

// ask sends one request to a service and returns what it answers under 200.
func (s service) ask(ctx context.Context, client *rpc.Client, method, at string, headers map[string]string, body []byte) ([]byte, error) {
	req, err := http.NewRequest(method, at, bytes.NewReader(body))
	if err != nil {
		return nil, s.fail("no request can be made of its URL")
	}
	password, _ := req.URL.User.Password()
	if req.URL.User != nil { // which http.Client would send
		req.SetBasicAuth(req.URL.User.Username(), password)
	}
	secrets := []string{password, strings.TrimPrefix(req.Header.Get("Authorization"), "Basic ")}
	for name, value := range headers {
		req.Header.Set(name, value)
		secrets = append(secrets, strings.TrimPrefix(value, "Bearer "))
	}
	status, answer, err := client.Fetch(ctx, req, secrets...)
	if err == nil && status != http.StatusOK {
		err = &rpc.Error{Kind: rpc.NotAPI, HTTPStatus: status}
	}
	if err != nil {
		return nil, s.explain(ctx, err)
	}
	return answer, nil
}

// read reads the keys in what ask returns: a JSON object of them, or around them.
func (s service) read(answer []byte, err error, from string, temporary bool) (lease, error) {
	if err != nil {
		return lease{}, err
	}
	var object *struct {
		issued
		CloudCredential *issued // of CloudSSO
	}
	if json.Unmarshal(answer, &object) != nil || object == nil {
		return lease{}, s.fail("its answer is not a JSON object with keys")
	}
	if object.CloudCredential != nil && object.AccessKeyID == "" {
		object.issued = *object.CloudCredential
	}
	return object.lease(s, from, temporary)
}

// metadata gets the keys of the RAM role of this instance; without a name, of the
// one role that it has. The service is never called through a proxy. It answers
// within a second, or this is not an ECS instance, which may swallow requests.
func (r *resolver) metadata(name, origin, at string) fetch {
	const roles = "/latest/meta-data/ram/security-credentials/"
	who := service{
		Source:  "the ECS metadata service",
		Origin:  origin,
		Remedy:  "An ECS role works on an ECS instance that has this RAM role attached.",
		settled: true,
	}
	client := rpc.New(rpc.Config{ConnectTimeout: time.Second, ReadTimeout: time.Second})
	return func(ctx context.Context) (lease, error) {
		var headers map[string]string
		lifetime := map[string]string{"X-Aliyun-Ecs-Metadata-Token-Ttl-Seconds": "21600"}
		session, err := who.ask(ctx, client, http.MethodPut, at+"/latest/api/token", lifetime, nil)
		if err == nil {
			headers = map[string]string{"X-Aliyun-Ecs-Metadata-Token": string(session)}
		} else if strings.EqualFold(r.env(metadataV1OffVariable), "true") {
			return lease{}, err // otherwise the instance may have no sessions
		}
		name := name
		if name == "" {
			answer, err := who.ask(ctx, client, http.MethodGet, at+roles, headers, nil)
			if err != nil {
				return lease{}, err
			}
			if name = strings.TrimSpace(string(answer)); !rpc.IsWord(name) {
				return lease{}, who.fail("it names no role of this instance")
			}
		}
		answer, err := who.ask(ctx, client, http.MethodGet, at+roles+name, headers, nil)
		return who.read(answer, err, "the ECS role "+name, true)
	}
}

// httpURL reads a URL; one that is not an http or https one has no host.
func httpURL(text string) *url.URL {
	if u, err := url.Parse(text); err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return u
	}
	return &url.URL{}
}

// credentialsURI gets keys from a service of the user's.
func (r *resolver) credentialsURI(argument string, uri value) fetch {
	u := httpURL(uri.text)
	if u.Host == "" {
		r.refuse(mistake(argument, uri, "it is not an http or https URL", `Write it like "http://localhost:8080/credentials".`))
	}
	who := service{
		Source: "the credentials URI at " + u.Host,
		Origin: uri.origin,
		Remedy: "It must answer 200 with a JSON object of AccessKeyId, AccessKeySecret, SecurityToken and Expiration.",
	}
	return func(ctx context.Context) (lease, error) {
		answer, err := who.ask(ctx, r.Client, http.MethodGet, uri.text, nil, nil)
		return who.read(answer, err, who.Source, false)
	}
}

// cloudSSO exchanges the access token of a CloudSSO sign-in for keys.
func (r *resolver) cloudSSO(p *profile) fetch {
	at := httpURL(p.required("cloud_sso_sign_in_url"))
	if at.Host == "" {
		p.refuse("cloud_sso_sign_in_url", "it is not an http or https URL",
			`Configure the profile again with "aliyun configure --mode CloudSSO".`)
	}
	body, _ := json.Marshal(map[string]string{ // strings always marshal
		"AccountId":             p.required("cloud_sso_account_id"),
		"AccessConfigurationId": p.required("cloud_sso_access_config"),
	})
	return r.signIn(p, "CloudSSO", at.Scheme+"://"+at.Host, "/cloud-credentials", "access_token", "cloud_sso_access_token_expire", body)
}

// oauth exchanges the access token of an OAuth sign-in for keys.
func (r *resolver) oauth(p *profile) fetch {
	sites := map[string]string{"CN": "https://oauth.aliyun.com", "INTL": "https://oauth.alibabacloud.com"}
	at, ok := sites[strings.ToUpper(p.required("oauth_site_type"))]
	if !ok {
		p.refuse("oauth_site_type", "it is neither CN nor INTL", `Configure the profile again with "aliyun configure --mode OAuth".`)
	}
	return r.signIn(p, "OAuth", at, "/v1/exchange", "oauth_access_token", "oauth_access_token_expire", nil)
}

// signIn exchanges the access token of a sign-in by the CLI for keys. Token and
// end name the fields of that token and of the time at which it ends. Renewing
// the sign-in is the CLI's work: it would have to write the CLI's file.
func (r *resolver) signIn(p *profile, mode, at, path, token, end string, body []byte) fetch {
	expires := p.number(end)
	who := service{
		Source: mode + " at " + at,
		Origin: p.origin,
		Remedy: fmt.Sprintf(`Sign in again with "aliyun configure --mode %s --profile %s".`, mode, p.name),
	}
	headers := map[string]string{
		"Authorization": "Bearer " + p.required(token),
		"Accept":        "application/json",
		"Content-Type":  "application/json",
	}
	return func(ctx context.Context) (lease, error) {
		if expires != 0 && time.Now().Unix() >= expires {
			return lease{}, who.fail("the sign-in has expired")
		}
		answer, err := who.ask(ctx, r.Client, http.MethodPost, at+path, headers, body)
		return who.read(answer, err, p.origin, true)
	}
}
