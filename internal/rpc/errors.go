package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Kind says how far a failed call got.
type Kind int

// The kinds.
const (
	Unsigned Kind = iota + 1 // there was no request: there are no keys to sign with, or none that sign
	NotSent                  // the request never left: no name, no connection, no TLS session
	NoAnswer                 // the request may have arrived, and no whole answer came back
	NotAPI                   // the answer is not the API's: no JSON object, neither success nor error, a redirect, or too large
	Answered                 // the API answered with an error code
)

// Obstacle is why a request that is NotSent never left, where sending it again
// cannot help.
type Obstacle int

// The obstacles. Any that may be gone at the next attempt, for example a connection
// that is refused, is Passing.
const (
	Passing      Obstacle = iota
	Untrusted             // the endpoint's TLS certificate is not trusted
	UnknownHost           // the host name of the endpoint or proxy does not exist
	ProxyRefused          // a proxy refused the connection to the endpoint
	BadAddress            // no connection can be made to such an address, for example because of its port
)

// Error is a call that did not succeed. Its texts hold neither secrets nor
// signatures, control characters, or more than a few lines.
type Error struct {
	Action   string // of the API, for example ReleasePublicIpAddress
	Endpoint string // the host, or host:port, that was called
	Kind     Kind
	Obstacle Obstacle // Passing unless Kind is NotSent
	// KeysFrom says where the keys come from that signed the call, for example
	// "ALICLOUD_ACCESS_KEY"; empty if it was not signed.
	KeysFrom   string
	HTTPStatus int // of the answer, 0 if there was none
	// Code, Message and RequestID are the API's; empty unless Kind is Answered.
	Code, Message, RequestID string
	Denied                   *AccessDenied // nil if the API says nothing of a missing permission
	// Err is the cause, nil if Kind is Answered. It is the context's error if the
	// context ended first, and the source's if there are no keys.
	Err error
}

// AccessDenied is the API's account of a missing RAM permission.
type AccessDenied struct {
	Action    string `json:"AuthAction"`               // the RAM action, for example ecs:ReleasePublicIpAddress
	Principal string `json:"AuthPrincipalDisplayName"` // the RAM user or role that made the call
	// NoPermissionType is ImplicitDeny, where nothing allows the action, or
	// ExplicitDeny, where a statement denies it.
	NoPermissionType string
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
	texts := []*string{&e.Code, &e.Message, &e.RequestID}
	if e.Denied != nil {
		texts = append(texts, &e.Denied.Action, &e.Denied.Principal, &e.Denied.NoPermissionType)
	}
	for _, text := range texts {
		*text = Clean(*text, secrets...)
	}
	if e.Err != nil && e.Kind != Unsigned && !errors.Is(e.Err, context.Canceled) && !errors.Is(e.Err, context.DeadlineExceeded) {
		e.Err = errors.New(Clean(e.Err.Error(), secrets...))
	}
}
