package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Kind says how far a failed call got.
type Kind int

const (
	// Unsigned means that there was no request: there are no keys to sign with, or
	// none that sign.
	Unsigned Kind = iota + 1
	// NotSent means that the request never left: no name, no connection, no TLS session.
	NotSent
	// NoAnswer means that the request may have arrived, and no whole answer came back.
	NoAnswer
	// NotAPI means that an answer came that the API does not give: not a JSON object,
	// neither success nor error, a redirect, or too large.
	NotAPI
	// Answered means that the API answered with an error code.
	Answered
)

// Obstacle is why a request that is NotSent never left, where sending it again
// cannot help.
type Obstacle int

const (
	// Passing is any obstacle that may be gone at the next attempt, for example a
	// connection that is refused.
	Passing Obstacle = iota
	// Untrusted means that the endpoint's TLS certificate is not trusted.
	Untrusted
	// UnknownHost means that the host name of the endpoint or proxy does not exist.
	UnknownHost
	// ProxyRefused means that a proxy refused the connection to the endpoint.
	ProxyRefused
	// BadAddress means that no connection can be made to such an address, for
	// example because of its port.
	BadAddress
)

// Error is a call that did not succeed. Its texts hold neither secrets nor
// signatures, control characters, or more than a few lines.
type Error struct {
	// Action is the API action, for example ReleasePublicIpAddress.
	Action string
	// Endpoint is the host, or host:port, that was called.
	Endpoint string
	Kind     Kind
	// Obstacle is Passing unless Kind is NotSent.
	Obstacle Obstacle
	// KeysFrom says where the keys come from that signed the call, for example
	// "ALICLOUD_ACCESS_KEY"; empty if it was not signed.
	KeysFrom string
	// HTTPStatus is the status of the answer, 0 if there was none.
	HTTPStatus int
	// Code, Message and RequestID are the API's; empty unless Kind is Answered.
	Code, Message, RequestID string
	// Denied is what the API says of a missing permission, nil if nothing.
	Denied *AccessDenied
	// Err is the cause, nil if Kind is Answered. It is the context's error if the
	// context ended first, and the source's if there are no keys.
	Err error
}

// AccessDenied is the API's account of a missing RAM permission.
type AccessDenied struct {
	// Action is the RAM action that was denied, for example
	// ecs:ReleasePublicIpAddress.
	Action string `json:"AuthAction"`
	// Principal is the RAM user or role that made the call.
	Principal string `json:"AuthPrincipalDisplayName"`
	// NoPermissionType is ImplicitDeny, where nothing allows the action, or
	// ExplicitDeny, where a statement denies it.
	NoPermissionType string `json:"NoPermissionType"`
}

// Error returns one line that names the action, the endpoint and the cause.
func (e *Error) Error() string {
	switch e.Kind {
	case Answered:
		return fmt.Sprintf("%s at %s: %s: %s (HTTP %d, request ID %s)",
			e.Action, e.Endpoint, e.Code, e.Message, e.HTTPStatus, e.RequestID)
	case NotAPI:
		return fmt.Sprintf("%s at %s: HTTP %d: %v", e.Action, e.Endpoint, e.HTTPStatus, e.Err)
	default:
		return fmt.Sprintf("%s at %s: %v", e.Action, e.Endpoint, e.Err)
	}
}

// Unwrap returns the cause, nil if that is the API's own words.
func (e *Error) Unwrap() error { return e.Err }

// Family returns the part of the code before its first dot.
func (e *Error) Family() string {
	family, _, _ := strings.Cut(e.Code, ".")
	return family
}

// Throttled reports whether the API refused the call for its rate.
func (e *Error) Throttled() bool {
	return e.Family() == "Throttling" || e.Code == "Rejected.Throttling"
}

// hide takes the secrets out of all that came from outside.
func (e *Error) hide(secrets []string) {
	for _, text := range []*string{&e.Code, &e.Message, &e.RequestID} {
		*text = Clean(*text, secrets...)
	}
	if d := e.Denied; d != nil {
		e.Denied = &AccessDenied{
			Action:           Clean(d.Action, secrets...),
			Principal:        Clean(d.Principal, secrets...),
			NoPermissionType: Clean(d.NoPermissionType, secrets...),
		}
	}
	switch {
	case e.Err == nil, e.Kind == Unsigned, errors.Is(e.Err, context.Canceled), errors.Is(e.Err, context.DeadlineExceeded):
	default:
		e.Err = errors.New(Clean(e.Err.Error(), secrets...))
	}
}
