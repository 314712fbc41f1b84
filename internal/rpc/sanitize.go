package rpc

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

const (
	maxTextLength = 600 // characters of foreign text in an error
	// minSecretLength is in bytes. What is shorter is not a key, but may be given to
	// a mock, and would be found in most words, error codes among them.
	minSecretLength = 4
)

// stringToSign is where the gateway repeats all that was signed, key ID and
// token included.
var stringToSign = pattern(`(?i)(string to sign is:).*`)

// signed are the parameters of a signed URL that must not be shown, whichever
// request they belong to: an answer that comes late may echo an earlier one.
var signed = pattern(`(?i)((?:Signature|SecurityToken)(?:=|%(?:25)*3D))[^&\s"']+`)

// Clean returns foreign text as it may be shown: without the string to sign,
// the signature and token of any request, the secrets and control characters,
// and cut to a readable length.
func Clean(s string, secrets ...string) string {
	// First, so that a character which becomes a blank hides nothing below.
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	s = stringToSign().ReplaceAllString(s, "$1 (hidden)")
	s = signed().ReplaceAllString(s, "$1(hidden)")
	s = mask(s, secrets)
	if runes := []rune(s); len(runes) > maxTextLength {
		s = string(runes[:maxTextLength]) + " (cut)"
	}
	return strings.TrimSpace(s)
}

var escape = pattern(`%(25)*[0-9A-F]{2}`)

// pattern returns a regular expression that is compiled at its first use. Terraform
// starts the provider for each command, and most show no foreign text.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// mask hides the secrets, as they are and as they look in a URL.
func mask(s string, secrets []string) string {
	var pairs []string
	for _, secret := range secrets {
		if len(secret) < minSecretLength {
			continue
		}
		form := url.QueryEscape(secret)
		signed := strings.ReplaceAll(form, "+", "%20") // as RFC 3986 and the signature have it
		for _, form := range []string{secret, form, signed, url.PathEscape(secret), url.QueryEscape(form), url.QueryEscape(signed)} {
			pairs = append(pairs, form, "(hidden)", escape().ReplaceAllStringFunc(form, strings.ToLower), "(hidden)")
		}
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// secrets are what a request carries that must not be shown: its signature, the
// password of the proxy that it goes through, and what net/http makes of that for
// the proxy. The request is nil if there was none.
func (c *Client) secrets(req *http.Request) []string {
	if req == nil {
		return nil
	}
	secrets := []string{req.URL.Query().Get("Signature")}
	if c.cfg.Proxy == nil {
		return secrets
	}
	if proxy, err := c.cfg.Proxy(req); err == nil && proxy != nil && proxy.User != nil {
		password, _ := proxy.User.Password()
		secrets = append(secrets, password, base64.StdEncoding.EncodeToString([]byte(proxy.User.Username()+":"+password)))
	}
	return secrets
}
