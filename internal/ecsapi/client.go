// Package ecsapi has the two calls to the ECS API that this provider needs, the
// API's endpoints and the names of its error codes.
package ecsapi

import (
	"cmp"
	"context"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// apiVersion is the version of the ECS API.
const apiVersion = "2014-05-26"

// Config says how a Client makes its calls.
type Config struct {
	// Endpoint is a host or host:port. Empty means the public endpoint of the
	// region of each call.
	Endpoint string
	Protocol string // http or https
	// Keys returns the keys for one call. It is called before each.
	Keys func(context.Context) (rpc.Keys, error)
}

// Client makes signed calls to ECS. It is safe for concurrent use.
type Client struct {
	cfg Config
	rpc *rpc.Client
}

// New returns a Client that calls ECS by way of another client.
func New(client *rpc.Client, cfg Config) *Client {
	return &Client{cfg: cfg, rpc: client}
}

// do makes a call to ECS in a region, decodes the answer into out and returns
// its request ID. The error is an *Error.
func (c *Client) do(ctx context.Context, region string, call rpc.Call, out any) (string, error) {
	call.Version, call.Keys = apiVersion, c.cfg.Keys
	call.Scheme, call.Endpoint = c.cfg.Protocol, cmp.Or(c.cfg.Endpoint, Endpoint(region))
	return c.rpc.Do(ctx, call, out)
}

// What package rpc says of a call that did not succeed.
type (
	// Error is a call that did not succeed.
	Error = rpc.Error
	// Obstacle is why a request never left, where sending it again cannot help.
	Obstacle = rpc.Obstacle
)

// The kinds and obstacles of package rpc.
const (
	Unsigned = rpc.Unsigned
	NotSent  = rpc.NotSent
	NoAnswer = rpc.NoAnswer
	NotAPI   = rpc.NotAPI
	Answered = rpc.Answered

	Passing      = rpc.Passing
	Untrusted    = rpc.Untrusted
	UnknownHost  = rpc.UnknownHost
	ProxyRefused = rpc.ProxyRefused
	BadAddress   = rpc.BadAddress
)
