package ecsapi

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

const maxTextLength = 600 // characters of foreign text in an error

// stringToSign is where the gateway repeats all that was signed, key ID and
// token included.
var stringToSign = regexp.MustCompile(`(?is)(string to sign is:).*`)

// sanitizer takes out of foreign text what must not be shown.
type sanitizer struct {
	secrets *strings.Replacer
}

// newSanitizer returns a sanitizer that masks the values given, as they are
// and as they look in a URL.
func newSanitizer(secrets ...string) sanitizer {
	var pairs []string
	for _, s := range secrets {
		if s == "" {
			continue
		}
		once := url.QueryEscape(s)
		for _, form := range []string{s, once, url.PathEscape(s), url.QueryEscape(once)} {
			pairs = append(pairs, form, "(hidden)")
		}
	}
	return sanitizer{secrets: strings.NewReplacer(pairs...)}
}

// text returns s without the string to sign, secrets and control characters,
// and cut to a readable length.
func (z sanitizer) text(s string) string {
	s = stringToSign.ReplaceAllString(s, "$1 (hidden)")
	s = z.secrets.Replace(s)
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	if runes := []rune(s); len(runes) > maxTextLength {
		s = string(runes[:maxTextLength]) + " (cut)"
	}
	return strings.TrimSpace(s)
}
