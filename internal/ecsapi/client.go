package ecsapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	rpc "github.com/alibabacloud-go/tea-rpc/client"
	util "github.com/alibabacloud-go/tea-utils/service"
	"github.com/alibabacloud-go/tea/tea"
)

// apiVersion is the version of the ECS API.
const apiVersion = "2014-05-26"

// Credentials sign one call.
type Credentials struct {
	AccessKeyID     string
	AccessKeySecret string
	// SecurityToken goes with temporary keys; empty otherwise.
	SecurityToken string
}

// Config says how a Client makes its calls.
type Config struct {
	// Endpoint is a host or host:port. Empty means the public endpoint of the
	// region of each call.
	Endpoint string
	// Protocol is http or https.
	Protocol string
	// Credentials returns the keys for one call. It is asked before each.
	Credentials func(context.Context) (Credentials, error)
	// ConnectTimeout bounds the connection and the TLS handshake, ReadTimeout
	// the wait for an answer to begin; the two together bound a whole call.
	ConnectTimeout, ReadTimeout time.Duration
	// UserAgent is added to the SDK's own.
	UserAgent string
	// SourceIP and SecureTransport are sent as the request parameters of the
	// same names; empty means not at all.
	SourceIP, SecureTransport string
	// Proxy returns the proxy for a request, as in http.Transport.
	Proxy func(*http.Request) (*url.URL, error)
}

// Client makes signed calls. It is safe for concurrent use; its calls share
// connections.
type Client struct {
	cfg       Config
	transport *http.Transport
}

// New returns a Client. It makes no call.
func New(cfg Config) *Client {
	return &Client{cfg: cfg, transport: newTransport(cfg)}
}

// Endpoint returns the host, or host:port, that calls for a region go to.
func (c *Client) Endpoint(region string) string {
	if c.cfg.Endpoint != "" {
		return c.cfg.Endpoint
	}
	return Endpoint(region)
}

// call makes one request, decodes the answer into out and returns its request
// ID. A context that ends stops the call only while nothing can have left. The
// error is an *Error.
func (c *Client) call(ctx context.Context, action, region string, params map[string]any, out any) (string, error) {
	endpoint := c.Endpoint(region)
	x, keys, err := c.exchange(ctx, action, endpoint, params)
	z := sanitizer(append(x.secrets, keys.AccessKeySecret, keys.SecurityToken))

	var id string
	var failed *Error
	switch {
	case ctx.Err() != nil && err != nil:
		failed = &Error{Kind: NotSent, Err: ctx.Err()}
	case err != nil:
		failed = &Error{Kind: Unsigned, Err: err}
	default:
		if failed = x.failure(z); failed == nil {
			id, failed = decode(x.status, x.body, out, z)
		}
	}
	if failed == nil {
		return id, nil
	}
	failed.Action, failed.Endpoint = action, endpoint
	return "", failed
}

// exchange has tea-rpc build and sign a request, and sends it. The error is
// from before that; what became of the request is in the exchange.
func (c *Client) exchange(ctx context.Context, action, endpoint string, params map[string]any) (*exchange, Credentials, error) {
	x := &exchange{ctx: ctx, transport: c.transport, timeout: c.cfg.ConnectTimeout + c.cfg.ReadTimeout}
	if err := ctx.Err(); err != nil {
		return x, Credentials{}, err
	}
	keys, err := c.cfg.Credentials(ctx)
	if err != nil {
		return x, keys, err
	}
	client, err := rpc.NewClient(&rpc.Config{
		AccessKeyId:     tea.String(keys.AccessKeyID),
		AccessKeySecret: tea.String(keys.AccessKeySecret),
		SecurityToken:   optional(keys.SecurityToken),
		Endpoint:        tea.String(endpoint),
		Protocol:        tea.String(strings.ToUpper(c.cfg.Protocol)),
		UserAgent:       tea.String(c.cfg.UserAgent),
		SourceIp:        optional(c.cfg.SourceIP),
		SecureTransport: optional(c.cfg.SecureTransport),
	})
	if err != nil {
		return x, keys, errors.New("the request cannot be signed with these credentials")
	}

	id := fmt.Sprintf("%p", x)
	exchanges.Store(id, x)
	defer exchanges.Delete(id)
	client.Headers = map[string]*string{exchangeHeader: tea.String(id)}
	_, err = client.DoRequest(tea.String(action), nil, tea.String(http.MethodPost), tea.String(apiVersion),
		tea.String("AK"), params, nil, &util.RuntimeOptions{
			Autoretry: tea.Bool(false),
			// Proxies are the transport's. tea would send the password of one that the
			// environment names to the endpoint, and fail on one without a scheme.
			NoProxy: tea.String(endpoint),
		})
	if err != nil {
		return x, keys, fmt.Errorf("the request to %q cannot be built", endpoint)
	}
	return x, keys, nil
}

// optional returns nil for an empty string: tea sends what is not nil.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
