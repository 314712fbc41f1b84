package credentials

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/rpc"
)

// ErrNone reports that neither the provider block nor the environment says who
// signs.
var ErrNone = errors.New("no credentials are configured. " +
	"Set access_key and secret_key in the provider block, or ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY " +
	"(ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET) in the environment; " +
	"or configure ecs_role_name, assume_role_with_oidc or credentials_uri; " +
	"or name a profile of the aliyun CLI with profile or ALIBABA_CLOUD_PROFILE, since its current profile is not used unless it is named")

// ConfigError is a mistake in what is configured, found without a request. It
// holds no secret, and nothing of a file but names.
type ConfigError struct {
	Argument string // provider argument that can fix it, a block's argument as "assume_role.role_arn"
	Origin   string // where the value was found, such as "the provider block"
	Field    string // field of the profile file; empty elsewhere
	Reason   string // what is wrong
	Remedy   string // what to do, a full sentence
}

// mistake returns a *ConfigError about a value that was found at a place.
func mistake(argument string, at value, reason, remedy string) error {
	return &ConfigError{Argument: argument, Origin: at.origin, Field: at.field, Reason: reason, Remedy: remedy}
}

// Error says where the mistake is, what it is and what to do.
func (e *ConfigError) Error() string {
	where := e.Origin
	if e.Field != "" {
		where += ", field " + e.Field
	}
	return where + ": " + e.Reason + ". " + e.Remedy
}

// service is a source as its errors describe it.
type service struct {
	Source  string // such as "STS AssumeRole for the role acs:ram::1:role/ops"
	Origin  string // where it was configured, such as "the provider block"
	Remedy  string // what to do, a full sentence
	settled bool   // whether its failures stay as they are
}

// SourceError is the failure of a source to give keys. It is in the project's
// own words: neither a raw answer nor a secret is in it.
type SourceError struct {
	service
	Reason    string // what happened
	Err       error  // the *rpc.Error of a call or request; nil if there was none
	temporary bool
}

// Error says which source failed, where it was configured, why, and what to do.
func (e *SourceError) Error() string {
	return e.Source + " (configured in " + e.Origin + ") gave no keys: " + e.Reason + ". " + e.Remedy
}

// Unwrap returns the failure of the call or request.
func (e *SourceError) Unwrap() error { return e.Err }

// Temporary reports whether trying again later may help.
func (e *SourceError) Temporary() bool { return e.temporary && !e.settled }

func (s service) fail(reason string) *SourceError { return &SourceError{service: s, Reason: reason} }

// obstacles says why a request cannot be sent, whenever it is tried.
var obstacles = map[rpc.Obstacle]string{
	rpc.Untrusted:    "its TLS certificate is not trusted",
	rpc.UnknownHost:  "its host name, or that of the proxy, does not exist",
	rpc.ProxyRefused: "the proxy refused the connection",
	rpc.BadAddress:   "no connection can be made to its address",
}

// explain turns the failure of a request into a *SourceError, or into the error
// of the context if that has ended.
func (s service) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failed, _ := errors.AsType[*rpc.Error](err) // the only other kind
	failure := s.fail(cmp.Or(obstacles[failed.Obstacle], "no connection could be made"))
	failure.Err = failed
	switch {
	case failed.Kind == rpc.NotSent:
		failure.temporary = failed.Obstacle == rpc.Passing
	case failed.Kind == rpc.NoAnswer:
		failure.Reason, failure.temporary = "no whole answer came back", true
	case failed.Kind == rpc.Unsigned:
		failure.Reason = "the request could not be signed"
	case rpc.IsWord(failed.Code): // otherwise it is not STS's
		failure.Reason = "it answered " + failed.Code
		if rpc.IsWord(failed.RequestID) {
			failure.Reason += ", request ID " + failed.RequestID
		}
		failure.Remedy = cmp.Or(stsRemedies[failed.Code], s.Remedy)
		failure.temporary = failed.Throttled() || failed.Code == "InternalError" || failed.Code == "ServiceUnavailable"
	default:
		failure.Reason = fmt.Sprintf("its answer, with HTTP status %d, holds no usable keys", failed.HTTPStatus)
		failure.temporary = failed.HTTPStatus >= http.StatusInternalServerError
	}
	if failed.KeysFrom != "" {
		failure.Remedy += " It was called with the keys from " + failed.KeysFrom + "."
	}
	return failure
}

// stsRemedies says for a code of STS what the user can do.
var stsRemedies = map[string]string{ //nolint:gosec // sentences, no secrets
	"AuthenticationFail.NoPermission":      "Make the role's trust policy accept the OIDC token's issuer, audience and subject.",
	"AuthenticationFail.OIDCToken.Expired": "Have a fresh OIDC token issued.",
	"EntityNotExist.Role":                  "Check the role's ARN: account ID and role name.",
	"InvalidAccessKeyId.Inactive":          "Activate the access key, or use another.",
	"InvalidAccessKeyId.NotFound":          "Check the access key; a temporary one needs its security token.",
	"InvalidParameter.DurationSeconds":     "Lower session_expiration to the role's longest session, or raise that.",
	"InvalidSecurityToken.Expired":         "Renew the security token.",
	"InvalidTimeStamp.Expired":             "Set this machine's clock.",
	"NoPermission":                         "Allow the caller sts:AssumeRole on the role, and name the caller in the role's trust policy.",
	"SignatureDoesNotMatch":                "Check the secret of the access key.",
}
