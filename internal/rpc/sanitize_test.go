package rpc

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	secrets := []string{"s/e+c=ret", "", "b l/a+nk", "s", "Not"}
	for name, tc := range map[string]struct{ in, want string }{
		"plain":               {"all is well", "all is well"},
		"raw":                 {"key s/e+c=ret.", "key (hidden)."},
		"query-escaped":       {"key s%2Fe%2Bc%3Dret.", "key (hidden)."},
		"path-escaped":        {"key s%2Fe+c=ret.", "key (hidden)."},
		"twice-escaped":       {"key s%252Fe%252Bc%253Dret.", "key (hidden)."},
		"lower-case-escaped":  {"key s%2fe%2bc%3dret.", "key (hidden)."},
		"blank-by-plus":       {"key b+l%2Fa%2Bnk.", "key (hidden)."},
		"blank-by-rfc-3986":   {"key b%20l%2Fa%2Bnk.", "key (hidden)."},
		"blank-twice-escaped": {"key b%2520l%252Fa%252Bnk.", "key (hidden)."},
		"string-to-sign":      {"No. server string to sign is:POST&%2F&Token\nmore", "No. server string to sign is: (hidden)"},
		"string-to-sign-caps": {"No. Server String To Sign Is:POST&%2F", "No. Server String To Sign Is: (hidden)"},
		"string-to-sign-cut":  {"No. server string\nto sign is:POST&%2F", "No. server string to sign is: (hidden)"},
		"url-of-another": {`malformed "/?A=b&Signature=jl%2B4=&SignatureMethod=HMAC-SHA1&SecurityToken=CAIS%2F1&Z=1"`,
			`malformed "/?A=b&Signature=(hidden)&SignatureMethod=HMAC-SHA1&SecurityToken=(hidden)&Z=1"`},
		"url-in-a-url":       {"u=%2F%3FSignature%3Djl%252B4%26Z%3D1 end", "u=%2F%3FSignature%3D(hidden) end"},
		"control-characters": {"a\x1b[31mb\r\nc\x00d", "a [31mb  c d"},
		"word-with-a-letter": {"InvalidIpAddress.NotFound", "InvalidIpAddress.NotFound"},
		"long":               {strings.Repeat("é", 700), strings.Repeat("é", 600) + " (cut)"},
		"invalid-utf-8":      {"a\xffb", "a\ufffdb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Clean(tc.in, secrets...); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// FuzzClean checks that a text holds no secret however a URL may hold it,
// nothing after the string to sign, and nothing that a terminal obeys.
func FuzzClean(f *testing.F) {
	f.Add("key s/e+c=ret-key.", "s/e+c=ret-key", uint8(0))
	f.Add("server string to sign is:", "CAIS/token+", uint8(3))
	f.Add("a\x1b[31mb\r\n\xff", "mock-secret", uint8(1))
	plain := regexp.MustCompile(`^[0-9A-Za-z/+=_.~-]{8,200}$`) // as keys, tokens and signatures are
	forms := []func(string) string{
		func(s string) string { return s },
		url.QueryEscape,
		url.PathEscape,
		func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
		func(s string) string { return escape().ReplaceAllStringFunc(url.QueryEscape(s), strings.ToLower) },
	}
	f.Fuzz(func(t *testing.T, text, secret string, form uint8) {
		if !plain.MatchString(secret) {
			t.Skip("not as a secret is written")
		}
		form %= uint8(len(forms))
		written := forms[form](secret)
		got := Clean(written+text+written, "", secret)

		for n, form := range forms {
			if strings.Contains(got, form(secret)) {
				t.Errorf("the secret is there in form %d: %q", n, got)
			}
		}
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("a text not fit to be shown: %q", got)
		}
		if n := utf8.RuneCountInString(got); n > maxTextLength+len(" (cut)") {
			t.Errorf("%d characters", n)
		}
		_, rest, signed := strings.Cut(strings.ToLower(got), "string to sign is:")
		const whole = " (hidden)" // or the part that the cut has left
		if signed && !strings.HasPrefix(whole, strings.TrimSuffix(rest, " (cut)")) {
			t.Errorf("the string to sign is there: %q", got)
		}
	})
}
