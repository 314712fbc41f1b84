package ecsmock

import (
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
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
	method string
	host   string
	params url.Values // query and form together; the form wins; one value a name
}

func (r request) action() string         { return r.params.Get("Action") }
func (r request) get(name string) string { return r.params.Get(name) }
func (r request) has(name string) bool   { return r.params.Has(name) }

// decode reads parameters from the query and from a form body. It returns as
// much as it could read beside a refusal, for the journal.
func decode(r *http.Request) (request, *apiError) {
	req := request{method: r.Method, host: r.Host, params: url.Values{}}
	// The body is read whole, whatever it is: only then does the HTTP server
	// notice a client that leaves, and only then is a close not a reset.
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(body) > maxBody {
		return req, errBadRequest.with("The request body cannot be read or is larger than %d bytes.", maxBody)
	}
	refusal := merge(req.params, r.URL.RawQuery)
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && kind == "application/x-www-form-urlencoded" {
		form := url.Values{}
		if problem := merge(form, string(body)); refusal == nil {
			refusal = problem
		}
		maps.Copy(req.params, form)
	}
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return req, errMethod
	case r.URL.Path != "/" && r.URL.Path != "":
		return req, errActionNotFound
	}
	return req, refusal
}

// merge adds the parameters of an encoded form. A parameter given twice in one
// place has no single meaning, so it is refused rather than chosen from.
func merge(into url.Values, encoded string) *apiError {
	values, err := url.ParseQuery(encoded)
	refusal := (*apiError)(nil)
	if err != nil {
		refusal = errBadRequest.with("The request parameters are not well formed.")
	}
	for name, list := range values {
		if len(list) > 1 {
			refusal = errBadRequest.with("The parameter %q is given %d times.", name, len(list))
		}
		into[name] = list[:1:1]
	}
	return refusal
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

func (e *apiError) with(format string, args ...any) *apiError {
	changed := *e
	changed.message = fmt.Sprintf(format, args...)
	return &changed
}
