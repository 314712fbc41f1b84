package ecsmock

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/http"
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

// StringToSign joins method, path and the first value of each parameter but
// Signature, for signature V1.
func StringToSign(method string, params url.Values) string {
	return method + "&%2F&" + percentEncode(canonicalQuery(params, "Signature"))
}

// canonicalQuery joins encoded parameters, except one, in the order of their names.
func canonicalQuery(params url.Values, without string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if name != without {
			pairs = append(pairs, percentEncode(name)+"="+percentEncode(params.Get(name)))
		}
	}
	return strings.Join(pairs, "&")
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

const algorithmV3 = "ACS3-HMAC-SHA256"

// parameterOf maps the headers of signature V3 to the parameters of V1.
var parameterOf = map[string]string{
	"X-Acs-Action": "Action", "X-Acs-Version": "Version", "X-Acs-Date": "Timestamp",
	"X-Acs-Signature-Nonce": "SignatureNonce", "X-Acs-Security-Token": "SecurityToken",
}

// readV3 adds the headers of signature V3 to the parameters, so that the rest
// of the gateway sees one kind of request, and writes the canonical request.
func (r *request) readV3(header http.Header, query url.Values, body []byte) *apiError {
	if !r.has("Format") {
		r.params.Set("Format", "JSON") // unlike V1, V3 has JSON as its default
	}
	algorithm, rest, _ := strings.Cut(header.Get("Authorization"), " ")
	if algorithm != algorithmV3 {
		return unsupported("the signature %q; it takes V1 (HMAC-SHA1) and V3 (%s)", algorithm, algorithmV3)
	}
	fields := map[string]string{}
	for field := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[name] = value
	}
	given := url.Values{"SignatureMethod": {algorithmV3}, "AccessKeyId": {fields["Credential"]}, "Signature": {fields["Signature"]}}
	signed := strings.Split(fields["SignedHeaders"], ";")
	values := map[string]string{"host": r.host}
	for name := range header {
		values[strings.ToLower(name)] = strings.TrimSpace(header.Get(name))
		if parameter := parameterOf[name]; parameter != "" {
			given.Set(parameter, header.Get(name))
		}
	}
	for name := range given {
		if r.has(name) {
			return errInvalidParameter.with("The parameter %q is given in the headers and in the query or the form.", name)
		}
	}
	maps.Copy(r.params, given)
	for name := range values {
		if (name == "host" || strings.HasPrefix(name, "x-acs-")) && !slices.Contains(signed, name) {
			return errIncompleteSignature.with("The header %q is not among the SignedHeaders.", name)
		}
	}
	lines := []string{r.method, "/", canonicalQuery(query, "")}
	for _, name := range signed {
		lines = append(lines, name+":"+values[name])
	}
	lines = append(lines, "", fields["SignedHeaders"], hexSHA256(body))
	r.canonical = strings.Join(lines, "\n")
	return nil
}

// stringToSignV3 is what the secret signs of a canonical request.
func stringToSignV3(canonical string) string {
	return algorithmV3 + "\n" + hexSHA256([]byte(canonical))
}

func signV3(canonical, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stringToSignV3(canonical)))
	return hex.EncodeToString(mac.Sum(nil))
}

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
