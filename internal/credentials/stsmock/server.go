// Package stsmock plays the services that hand out temporary keys, for tests: STS by TLS, with a certificate
// authority of its own, the metadata service, credentials URIs and CloudSSO by plain HTTP, and behind a proxy
// the CLI's OAuth. It knows nothing of the client, so that a mistake there cannot hide here.
package stsmock

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// OAuthHost is the host of the CLI's OAuth.
const OAuthHost = "oauth.aliyun.com"

// Key is an access key; Token is empty for a long-lived one.
type Key struct{ ID, Secret, Token string }

// Call is one request as it came in.
type Call struct {
	Host   string
	Path   string
	Action string     // of STS, else empty
	Params url.Values // query and form together
	// UserAgent is the header of that name.
	UserAgent string
	Issued    Key // what was handed out, if anything was
}

// Server is a stand-in for the services. Set its fields before the first call.
type Server struct {
	// Lifetime is that of the keys handed out; New sets an hour.
	Lifetime time.Duration
	// RoleName is the role of the instance that the metadata service is asked on.
	RoleName string
	// Token is the OIDC, CloudSSO or OAuth access token that is accepted; empty accepts any.
	Token string
	// OnIssue is told every key before it is handed out.
	OnIssue func(Key)

	mu     sync.Mutex
	keys   map[string]Key
	calls  []Call
	nonces map[string]bool
	fault  http.HandlerFunc
	tls    *httptest.Server
	plain  *httptest.Server
	proxy  *httptest.Server
}

// New starts a server that lets the keys assume any role, and stops it when the test ends.
func New(tb testing.TB, keys ...Key) *Server {
	tb.Helper()
	s := &Server{Lifetime: time.Hour, RoleName: "ops", keys: map[string]Key{}, nonces: map[string]bool{}}
	for _, key := range keys {
		s.keys[key.ID] = key
	}
	certificate, err := issue("127.0.0.1")
	if err != nil {
		tb.Fatal(err)
	}
	s.tls = httptest.NewUnstartedServer(s)
	s.tls.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	s.tls.StartTLS()
	s.plain = httptest.NewServer(s)
	s.proxy = httptest.NewServer(proxy(func(string) http.Handler { return s }))
	for _, server := range []*httptest.Server{s.tls, s.plain, s.proxy} {
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		tb.Cleanup(server.Close)
	}
	return s
}

// Environ are the variables by which another process meets this server wherever it goes but to the loopback.
func (s *Server) Environ() []string {
	return environ(s.proxy.URL)
}

// Endpoint is the host:port of STS, by TLS.
func (s *Server) Endpoint() string {
	return strings.TrimPrefix(s.tls.URL, "https://")
}

// URL is the plain HTTP address, for the metadata service, a credentials URI (any other path) and CloudSSO.
func (s *Server) URL() string {
	return s.plain.URL
}

// Calls are the requests so far.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Fail answers every request by fault; nil makes the server well again.
func (s *Server) Fail(fault http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// Answer is a fault that answers with a status and a body.
func Answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		write(w, body)
	}
}

// ServeHTTP answers by host and path as the services do.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	call := Call{Host: r.Host, Path: r.URL.Path, Params: r.URL.Query(), UserAgent: r.UserAgent()}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for name, values := range form {
			call.Params[name] = append(call.Params[name], values...)
		}
	}
	call.Action = call.Params.Get("Action")

	s.mu.Lock()
	defer s.mu.Unlock()
	if fault := s.fault; fault != nil {
		s.calls = append(s.calls, call)
		s.mu.Unlock()
		defer s.mu.Lock()
		fault(w, r)
		return
	}
	switch {
	case call.Action != "":
		s.sts(w, r, &call)
	case strings.HasPrefix(call.Path, "/latest/"):
		s.metadata(w, r, &call)
	case call.Path == "/cloud-credentials":
		if s.bearer(w, r) {
			key, expires := s.hand(&call)
			reply(w, http.StatusOK, map[string]any{"CloudCredential": map[string]string{
				"AccessKeyId": key.ID, "AccessKeySecret": key.Secret, "SecurityToken": key.Token, "Expiration": expires}})
		}
	case call.Path == "/v1/exchange":
		if s.bearer(w, r) {
			key, expires := s.hand(&call)
			reply(w, http.StatusOK, map[string]string{
				"accessKeyId": key.ID, "accessKeySecret": key.Secret, "securityToken": key.Token, "expiration": expires})
		}
	default:
		s.keyObject(w, &call)
	}
	s.calls = append(s.calls, call)
}

func (s *Server) bearer(w http.ResponseWriter, r *http.Request) bool {
	if s.Token == "" || r.Header.Get("Authorization") == "Bearer "+s.Token {
		return true
	}
	w.WriteHeader(http.StatusUnauthorized)
	return false
}

func (s *Server) metadata(w http.ResponseWriter, r *http.Request, call *Call) {
	const roles = "/latest/meta-data/ram/security-credentials/"
	switch {
	case r.Method == http.MethodPut && call.Path == "/latest/api/token":
		write(w, "metadata-token")
	case r.Header.Get("X-Aliyun-Ecs-Metadata-Token") != "metadata-token":
		w.WriteHeader(http.StatusForbidden)
	case call.Path == roles:
		write(w, s.RoleName)
	case call.Path == roles+s.RoleName:
		s.keyObject(w, call)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// keyObject is the answer of the metadata service and of a credentials URI.
func (s *Server) keyObject(w http.ResponseWriter, call *Call) {
	key, expires := s.hand(call)
	reply(w, http.StatusOK, map[string]string{
		"Code": "Success", "AccessKeyId": key.ID, "AccessKeySecret": key.Secret, "SecurityToken": key.Token, "Expiration": expires})
}

func (s *Server) sts(w http.ResponseWriter, r *http.Request, call *Call) {
	refuse := func(status int, code string) {
		reply(w, status, map[string]string{
			"RequestId": fmt.Sprintf("REQ-%d", len(s.calls)), "Code": code, "Message": "refused, server string to sign is: " + r.URL.RawQuery, "HostId": r.Host})
	}
	if call.Params.Get("Version") != "2015-04-01" || call.Params.Get("RoleArn") == "" || call.Params.Get("RoleSessionName") == "" {
		refuse(http.StatusBadRequest, "MissingParameter")
		return
	}
	switch call.Action {
	case "AssumeRole":
		key, known := s.keys[call.Params.Get("AccessKeyId")]
		nonce := call.Params.Get("SignatureNonce")
		switch {
		case !known:
			refuse(http.StatusNotFound, "InvalidAccessKeyId.NotFound")
			return
		case call.Params.Get("Signature") != sign(r.Method, call.Params, key.Secret):
			refuse(http.StatusBadRequest, "SignatureDoesNotMatch")
			return
		case call.Params.Get("SecurityToken") != key.Token:
			refuse(http.StatusBadRequest, "InvalidSecurityToken.Malformed")
			return
		case s.nonces[nonce]:
			refuse(http.StatusBadRequest, "SignatureNonceUsed")
			return
		}
		s.nonces[nonce] = true
	case "AssumeRoleWithOIDC":
		if token := call.Params.Get("OIDCToken"); token == "" || s.Token != "" && token != s.Token {
			refuse(http.StatusBadRequest, "AuthenticationFail.OIDCToken.Expired")
			return
		}
		if call.Params.Get("OIDCProviderArn") == "" {
			refuse(http.StatusBadRequest, "MissingParameter")
			return
		}
	default:
		refuse(http.StatusNotFound, "InvalidAction.NotFound")
		return
	}
	key, expires := s.hand(call)
	reply(w, http.StatusOK, map[string]any{
		"RequestId":       fmt.Sprintf("REQ-%d", len(s.calls)),
		"AssumedRoleUser": map[string]string{"Arn": call.Params.Get("RoleArn") + "/" + call.Params.Get("RoleSessionName")},
		"Credentials":     map[string]string{"AccessKeyId": key.ID, "AccessKeySecret": key.Secret, "SecurityToken": key.Token, "Expiration": expires},
	})
}

// hand issues a key, which may then assume roles itself.
func (s *Server) hand(call *Call) (Key, string) {
	n := len(s.calls)
	call.Issued = Key{ID: fmt.Sprintf("STS.key-%d", n), Secret: fmt.Sprintf("issued-secret-%d", n), Token: fmt.Sprintf("issued+token/%d=", n)}
	s.keys[call.Issued.ID] = call.Issued
	if s.OnIssue != nil {
		s.OnIssue(call.Issued)
	}
	return call.Issued, time.Now().Add(s.Lifetime).UTC().Format("2006-01-02T15:04:05Z")
}

// sign is signature V1 over all parameters but itself.
func sign(method string, params url.Values, secret string) string {
	names := make([]string, 0, len(params))
	for name := range params {
		if name != "Signature" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	pairs := make([]string, len(names))
	for i, name := range names {
		pairs[i] = encode(name) + "=" + encode(params.Get(name))
	}
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(method + "&%2F&" + encode(strings.Join(pairs, "&"))))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// encode is percent-encoding by RFC 3986.
func encode(text string) string {
	return strings.NewReplacer("+", "%20", "*", "%2A", "%7E", "~").Replace(url.QueryEscape(text))
}

func reply(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	write(w, string(text))
}

// write sends what it can: a client that left misses the rest.
func write(w io.Writer, text string) {
	_, _ = io.WriteString(w, text)
}
