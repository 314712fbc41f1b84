package credentials

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"strings"
)

// ErrNone reports that neither the provider block, nor the environment, nor a profile says how to sign in.
var ErrNone = errors.New("no credentials are configured. " +
	"Set access_key and secret_key in the provider block, or ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY " +
	"(ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET) in the environment; " +
	"or configure ecs_role_name, assume_role_with_oidc, credentials_uri or profile; " +
	`or run "aliyun configure", whose current profile is then used`)

// ConfigError is a mistake in what is configured, found without asking anyone.
// It holds no secret and nothing of a file but names.
type ConfigError struct {
	Argument string // provider argument that can mend it, a block's argument as "assume_role.role_arn"
	Origin   string // where the value was found, such as "the provider block"
	Field    string // field of the profile file; empty elsewhere
	Reason   string // what is wrong
	Remedy   string // what to do, a full sentence
}

// Error says where the mistake is, what it is and what to do.
func (e *ConfigError) Error() string {
	where := e.Origin
	if e.Field != "" {
		where += ", field " + e.Field
	}
	return where + ": " + e.Reason + ". " + e.Remedy
}

// SourceError is the failure of a source that was asked for keys.
// It is in the project's own words: neither a raw answer nor a secret is in it.
type SourceError struct {
	Source    string // who was asked, such as "STS AssumeRole for the role acs:ram::1:role/ops"
	Origin    string // where that was configured, such as "the provider block"
	Reason    string // what happened
	Code      string // error code of the answer, if it had one
	RequestID string // request id of the answer, if it had one
	Remedy    string // what to do, a full sentence

	temporary bool
}

// Error says which source failed, where it was configured, why, and what to do.
func (e *SourceError) Error() string {
	text := e.Source + " (configured in " + e.Origin + ") gave no keys: " + e.Reason
	if e.Code != "" {
		text += " " + e.Code
	}
	if e.RequestID != "" {
		text += ", request id " + e.RequestID
	}
	return text + ". " + e.Remedy
}

// Temporary reports whether asking again later may help.
func (e *SourceError) Temporary() bool {
	return e.temporary
}

// transportFailure tells a request that got no answer from other errors, without the URL that net/http adds.
func transportFailure(err error) (reason string, temporary, ok bool) {
	var (
		request     *url.Error
		certificate *tls.CertificateVerificationError
		name        *net.DNSError
		operation   *net.OpError
	)
	switch {
	case !errors.As(err, &request):
		return "", false, false
	case errors.As(err, &certificate):
		return "its TLS certificate is not trusted", false, true
	case request.Timeout():
		return "it did not answer in time", true, true
	case errors.As(err, &name):
		return "its host name could not be resolved", true, true
	case errors.As(err, &operation) && operation.Op == "dial":
		return "no connection could be made", true, true
	}
	return "the connection broke before an answer came", true, true
}

// stsAnswer finds code and request id in the answer that credentials-go appends to its error text,
// the only place where it leaves them. Anything that does not look like either is dropped.
func stsAnswer(err error) (code, requestID string) {
	var answer struct {
		Code      string
		RequestID string `json:"RequestId"`
	}
	text := err.Error()
	if i := strings.IndexByte(text, '{'); i >= 0 {
		// What could be read before a fault in the JSON still counts.
		_ = json.NewDecoder(strings.NewReader(text[i:])).Decode(&answer)
	}
	if isWord(answer.Code) {
		code = answer.Code
	}
	if isWord(answer.RequestID) {
		requestID = answer.RequestID
	}
	return code, requestID
}

// stsTemporary holds the codes of STS that say "later".
var stsTemporary = map[string]bool{
	"InternalError":      true,
	"ServiceUnavailable": true,
	"Throttling":         true,
	"Throttling.Api":     true,
	"Throttling.User":    true,
}

// stsRemedies says for a code of STS what the user can do.
var stsRemedies = map[string]string{ //nolint:gosec // sentences, no secrets
	"AuthenticationFail.NoPermission":      "Make the OIDC provider's trust policy of the role accept the token's issuer, audience and subject.",
	"AuthenticationFail.OIDCToken.Expired": "Have a fresh OIDC token issued.",
	"EntityNotExist.Role":                  "Check the role's ARN: account id and role name.",
	"InvalidAccessKeyId.Inactive":          "Activate the access key or use another.",
	"InvalidAccessKeyId.NotFound":          "Check the access key that asks for the role; a temporary one needs its security token.",
	"InvalidParameter.DurationSeconds":     "Lower session_expiration to the role's longest session, or raise that.",
	"InvalidSecurityToken.Expired":         "Renew the security token that asks for the role.",
	"InvalidTimeStamp.Expired":             "Set this machine's clock.",
	"NoPermission":                         "Allow the caller sts:AssumeRole on the role, and name the caller in the role's trust policy.",
	"SignatureDoesNotMatch":                "Check the secret of the access key that asks for the role.",
}

// isWord reports whether s looks like an identifier: letters, digits, dot, hyphen and underscore, at most 80.
func isWord(s string) bool {
	return s != "" && len(s) <= 80 && strings.IndexFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '.' || r == '-' || r == '_')
	}) < 0
}
