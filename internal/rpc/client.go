// Package rpc makes one call to an RPC-style API of Alibaba Cloud: it signs the
// request, sends it, decodes the answer and takes secrets out of what is told
// of it. It is the only package that imports the SDK (tea-*).
//
// The SDK checks the keys, names the user agent and signs. This package sends:
// what the SDK offers for that takes no context, follows redirects, reads
// answers of any size and loses their status.
package rpc

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	rpcutil "github.com/alibabacloud-go/tea-rpc-utils/service"
	sdk "github.com/alibabacloud-go/tea-rpc/client"
)

const maxConnections = 32 // to one host; calls beyond wait for one that is free

// Config says how a Client makes its calls.
type Config struct {
	// ConnectTimeout bounds the connection and the TLS handshake, ReadTimeout
	// the wait for an answer to begin; the two together bound a whole call.
	ConnectTimeout, ReadTimeout time.Duration
	// UserAgent is added to the SDK's own.
	UserAgent string
	// SourceIP and SecureTransport are sent as the request parameters of the
	// same names; empty means not at all.
	SourceIP, SecureTransport string
	// Proxy returns the proxy for a request, as in http.Transport; nil means
	// that there is none.
	Proxy func(*http.Request) (*url.URL, error)
}

// Client makes calls. It is safe for concurrent use; its calls share
// connections.
type Client struct {
	cfg       Config
	transport *http.Transport
}

// New returns a Client. It makes no call.
func New(cfg Config) *Client {
	return &Client{cfg: cfg, transport: &http.Transport{
		Proxy:                  cfg.Proxy,
		OnProxyConnectResponse: checkProxy,
		DialContext:            (&net.Dialer{Timeout: cfg.ConnectTimeout}).DialContext,
		TLSHandshakeTimeout:    cfg.ConnectTimeout,
		// What an answer says of its own size is not to be believed.
		DisableCompression:     true,
		ResponseHeaderTimeout:  cfg.ReadTimeout,
		MaxConnsPerHost:        maxConnections,
		MaxIdleConnsPerHost:    maxConnections,
		IdleConnTimeout:        10 * time.Second,
		MaxResponseHeaderBytes: 1 << 16,
	}}
}

// Keys sign calls.
type Keys struct {
	AccessKeyID     string
	AccessKeySecret string
	SecurityToken   string // of temporary keys; empty otherwise
	From            string // where the keys come from, for example "ALICLOUD_ACCESS_KEY"
}

// Format keeps the keys out of whatever prints them.
func (Keys) Format(f fmt.State, _ rune) { fmt.Fprint(f, "rpc.Keys{hidden}") }

// Call is one call to an API.
type Call struct {
	Action  string // for example ReleasePublicIpAddress
	Version string // of the API, for example 2014-05-26
	// Scheme is http or https, Endpoint a host or host:port.
	Scheme, Endpoint string
	// Query and Form are the parameters. Those of Form are sent in the body,
	// where no proxy and no server logs them.
	Query, Form map[string]string
	// Keys returns the keys to sign with; nil means that the call is not signed.
	Keys func(context.Context) (Keys, error)
	// Secrets are what else of the parameters must not be shown.
	Secrets []string
	// Awaited says that the call has an effect: once it is sent, the end of the
	// context does not stop it, and its answer is awaited.
	Awaited bool
}

// Do makes one call, decodes the answer into out and returns its request ID.
// The error is an *Error.
func (c *Client) Do(ctx context.Context, call Call, out any) (string, error) {
	keys, failed := call.keys(ctx)
	var req *http.Request
	if failed == nil {
		req, failed = c.sign(call, keys)
	}
	var got answer
	if failed == nil {
		got, failed = c.send(ctx, req, call.Awaited)
	}
	var id string
	if failed == nil {
		id, failed = decode(got, out)
	}
	if failed == nil {
		return id, nil
	}
	failed.Action, failed.Endpoint, failed.KeysFrom = call.Action, call.Endpoint, keys.From
	failed.hide(slices.Concat([]string{keys.AccessKeySecret, keys.SecurityToken}, call.Secrets, c.secrets(req)))
	return "", failed
}

// keys asks for the keys to sign with.
func (call Call) keys(ctx context.Context) (Keys, *Error) {
	if err := ctx.Err(); err != nil {
		return Keys{}, &Error{Kind: NotSent, Err: err}
	}
	if call.Keys == nil {
		return Keys{}, nil
	}
	keys, err := call.Keys(ctx)
	if err != nil {
		return Keys{}, &Error{Kind: Unsigned, Err: cmp.Or(ctx.Err(), err)}
	}
	return keys, nil
}

// sign builds the request, as rpc.Client.DoRequest of the SDK would, and signs
// it unless the call is not to be signed.
func (c *Client) sign(call Call, keys Keys) (*http.Request, *Error) {
	client := &sdk.Client{UserAgent: &c.cfg.UserAgent}
	query := url.Values{
		"Action": {call.Action}, "Format": {"json"}, "Version": {call.Version},
		"Timestamp": {*rpcutil.GetTimestamp()}, "SignatureNonce": {rand.Text()},
	}
	if c.cfg.SourceIP != "" {
		query.Set("SourceIp", c.cfg.SourceIP)
	}
	if c.cfg.SecureTransport != "" {
		query.Set("SecureTransport", c.cfg.SecureTransport)
	}
	for name, value := range call.Query {
		query.Set(name, value)
	}
	form := url.Values{}
	for name, value := range call.Form {
		form.Set(name, value)
	}
	if call.Keys != nil {
		var err error
		client, err = sdk.NewClient(&sdk.Config{
			AccessKeyId: &keys.AccessKeyID, AccessKeySecret: &keys.AccessKeySecret, SecurityToken: &keys.SecurityToken,
			UserAgent: &c.cfg.UserAgent,
		})
		if err != nil {
			return nil, &Error{Kind: Unsigned, Err: errors.New("the request cannot be signed with these keys")}
		}
		query.Set("SignatureMethod", "HMAC-SHA1")
		query.Set("SignatureVersion", "1.0")
		query.Set("AccessKeyId", keys.AccessKeyID)
		if keys.SecurityToken != "" {
			query.Set("SecurityToken", keys.SecurityToken)
		}
		signed := map[string]*string{}
		for _, parameters := range []url.Values{query, form} {
			for name, values := range parameters {
				signed[name] = &values[0]
			}
		}
		query.Set("Signature", *rpcutil.GetSignatureV1(signed, new(http.MethodPost), &keys.AccessKeySecret))
	}
	req, err := http.NewRequest(http.MethodPost, call.Scheme+"://"+call.Endpoint+"/?"+query.Encode(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, &Error{Kind: Unsigned, Err: fmt.Errorf("no request can be made to %q", call.Endpoint)}
	}
	req.Header.Set("User-Agent", *client.GetUserAgent())
	req.Header.Set("X-Acs-Action", call.Action)
	req.Header.Set("X-Acs-Version", call.Version)
	if len(form) > 0 {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req, nil
}
