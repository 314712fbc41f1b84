package ecsmock

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Sign gives the signature V1 of a request, as the published rules say: the
// HMAC-SHA1 of StringToSign under the secret and "&", in base64.
func Sign(method string, params url.Values, secret string) string {
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(StringToSign(method, params)))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// StringToSign joins method, path and parameters for signature V1. The
// parameter Signature is left out; of each other the first value counts.
func StringToSign(method string, params url.Values) string {
	var canonical strings.Builder
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if name == "Signature" {
			continue
		}
		if canonical.Len() > 0 {
			canonical.WriteByte('&')
		}
		canonical.WriteString(percentEncode(name))
		canonical.WriteByte('=')
		canonical.WriteString(percentEncode(params.Get(name)))
	}
	return method + "&%2F&" + percentEncode(canonical.String())
}

// percentEncode follows RFC 3986: all but the unreserved characters become
// upper-case escapes, byte by byte.
func percentEncode(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s))
	for i := range len(s) {
		c := s[i]
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9',
			c == '-', c == '_', c == '.', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
