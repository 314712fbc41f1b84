package ecsmock

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	actionRelease  = "ReleasePublicIpAddress"
	actionDescribe = "DescribeInstances"

	apiVersion = "2014-05-26"
	maxBody    = 1 << 20
)

// request is what the gateway sees of an HTTP request.
type request struct {
	method    string
	host      string
	params    url.Values // of query, form and headers of signature V3, one value each
	canonical string     // the request as signature V3 writes it; empty for V1
}

// common are the parameters that every action takes. The last two are for RAM
// policies with conditions, which the mock has none of; it shows them in Calls.
var common = []string{
	"Action", "Version", "Format", "AccessKeyId", "SecurityToken", "Signature", "SignatureMethod",
	"SignatureVersion", "SignatureNonce", "Timestamp", "SourceIp", "SecureTransport",
}

func (r request) action() string         { return r.params.Get("Action") }
func (r request) get(name string) string { return r.params.Get(name) }
func (r request) has(name string) bool   { return r.params.Has(name) }

// decode reads the parameters from the query, a form body and the headers of
// signature V3. With a refusal, it returns what it could read, for the journal.
func decode(r *http.Request) (request, *apiError) {
	req := request{method: r.Method, host: r.Host, params: url.Values{}}
	refusal := merge(req.params, r.URL.RawQuery)
	query, form := maps.Clone(req.params), url.Values{}
	// The body is read whole whatever it is. Otherwise the HTTP server would not
	// notice a client that leaves, and closing would reset the connection.
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // what cannot be read is not a form
	problem := (*apiError)(nil)
	switch {
	case err != nil || len(body) > maxBody:
		problem = errInvalidParameter.with("The request body cannot be read or is larger than %d bytes.", maxBody)
	case kind == "application/x-www-form-urlencoded":
		problem = merge(form, string(body))
		maps.Copy(req.params, form)
	case len(body) > 0:
		problem = unsupported("a body of type %q; it reads parameters from the query and from forms", kind)
	}
	if r.Header.Get("Authorization") != "" {
		refusal = cmp.Or(refusal, req.readV3(r.Header, query, body))
	}
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return req, errMethod
	case r.URL.Path != "/" && r.URL.Path != "":
		return req, errActionNotFound
	}
	return req, cmp.Or(refusal, problem)
}

// merge adds the parameters of an encoded form. It refuses a parameter that is
// given twice, since it cannot know which one the client means.
func merge(into url.Values, encoded string) *apiError {
	values, err := url.ParseQuery(encoded)
	refusal := (*apiError)(nil)
	if err != nil {
		refusal = errInvalidParameter.with("The request parameters are not well formed.")
	}
	for name, list := range values {
		if len(list) > 1 {
			refusal = errInvalidParameter.with("The parameter %q is given %d times.", name, len(list))
		}
		into[name] = list[:1:1]
	}
	return refusal
}

// only refuses a parameter that is neither common nor named here. If the mock
// ignored one, a test could pass that fails at the real service.
func (r request) only(names ...string) *apiError {
	for _, name := range slices.Sorted(maps.Keys(r.params)) {
		if r.get(name) != "" && !slices.Contains(common, name) && !slices.Contains(names, name) {
			return unsupported("the parameter %q of %s", name, r.action())
		}
	}
	return nil
}

// boolean reads an optional parameter of type boolean; absent means false.
func (r request) boolean(name string) (bool, *apiError) {
	switch strings.ToLower(r.get(name)) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, notValid(name)
}

// number reads an optional parameter between 1 and most.
func (r request) number(name string, absent, most int) (int, *apiError) {
	if r.get(name) == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(r.get(name))
	if err != nil || n < 1 || n > most {
		return 0, notValid(name)
	}
	return n, nil
}

func missing(name string) *apiError {
	return errMissingParameter.with("The input parameter %q that is mandatory for processing this request is not supplied.", name)
}

func notValid(name string) *apiError {
	return errInvalidParameter.with("The specified parameter %q is not valid.", name)
}

// unsupported is the refusal of what the real service may well take.
func unsupported(format string, args ...any) *apiError {
	return errUnsupported.with("This is ecsmock, a mock of ECS. It does not support "+format+".", args...)
}

func (e *apiError) with(format string, args ...any) *apiError {
	changed := *e
	changed.message = fmt.Sprintf(format, args...)
	return &changed
}
