package ecsapi

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

const (
	maxTextLength = 600 // characters of foreign text in an error
	// minSecretLength is in bytes. What is shorter is no key, but may be given to a
	// mock, and would be found in most words, error codes among them.
	minSecretLength = 4
)

// stringToSign is where the gateway repeats all that was signed, key ID and
// token included.
var stringToSign = regexp.MustCompile(`(?i)(string to sign is:).*`)

// signed are the parameters of a signed URL that must not be shown, whosever
// request it is: what comes late may echo an earlier one.
var signed = regexp.MustCompile(`(?i)((?:Signature|SecurityToken)(?:=|%(?:25)*3D))[^&\s"']+`)

// sanitizer takes out of foreign text what must not be shown, the secrets that
// it holds among it. It costs nothing until there is such text.
type sanitizer []string

// text returns s without the string to sign, the signature and token of any
// request, secrets and control characters, and cut to a readable length.
func (z sanitizer) text(s string) string {
	// First, so that a character which becomes a blank hides nothing below.
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	s = stringToSign.ReplaceAllString(s, "$1 (hidden)")
	s = signed.ReplaceAllString(s, "$1(hidden)")
	s = z.mask(s)
	if runes := []rune(s); len(runes) > maxTextLength {
		s = string(runes[:maxTextLength]) + " (cut)"
	}
	return strings.TrimSpace(s)
}

var escape = regexp.MustCompile(`%(25)*[0-9A-F]{2}`)

// mask hides the secrets, as they are and as they look in a URL.
func (z sanitizer) mask(s string) string {
	var pairs []string
	for _, secret := range z {
		if len(secret) < minSecretLength {
			continue
		}
		form := url.QueryEscape(secret)
		signed := strings.ReplaceAll(form, "+", "%20") // as RFC 3986 and the signature have it
		for _, form := range []string{secret, form, signed, url.PathEscape(secret), url.QueryEscape(form), url.QueryEscape(signed)} {
			pairs = append(pairs, form, "(hidden)", escape.ReplaceAllStringFunc(form, strings.ToLower), "(hidden)")
		}
	}
	return strings.NewReplacer(pairs...).Replace(s)
}
