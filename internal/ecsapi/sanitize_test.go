package ecsapi

import (
	"strings"
	"testing"
)

func TestSanitizer(t *testing.T) {
	z := sanitizer{"s/e+c=ret", "", "b l/a+nk"}
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
		"control-characters":  {"a\x1b[31mb\r\nc\x00d", "a [31mb  c d"},
		"long":                {strings.Repeat("é", 700), strings.Repeat("é", 600) + " (cut)"},
		"invalid-utf-8":       {"a\xffb", "a\ufffdb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := z.text(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
