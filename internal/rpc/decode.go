package rpc

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
)

// envelope is a JSON object by the exact names of its fields. Decoded into a
// struct, a foreign requestId would pass for the API's RequestId.
type envelope map[string]json.RawMessage

// read decodes a field, if there is one, and reports whether it could be.
func (e envelope) read(name string, into any) bool {
	raw, ok := e[name]
	return !ok || json.Unmarshal(raw, into) == nil
}

// contradicts reports whether the object says elsewhere that the call failed: by
// a Code in another spelling, or by a Success that is not true.
func (e envelope) contradicts() bool {
	for field, raw := range e {
		if field != "Code" && strings.EqualFold(field, "Code") ||
			strings.EqualFold(field, "Success") && string(raw) != "true" {
			return true
		}
	}
	return false
}

var word = regexp.MustCompile(`^[0-9A-Za-z._-]+$`)

// IsWord reports whether s is an identifier of at most 64 characters. Such a text
// is safe to show: neither a signature nor a URL is one.
func IsWord(s string) bool { return len(s) <= 64 && word.MatchString(s) }

// decode reads an answer. A success is a status of 200 and one JSON object
// with a RequestId, which is returned, and no Code, and is decoded into out as
// well; a JSON object with a Code is the API's error whatever its status,
// redirects excepted; and anything else is not the API's.
func decode(got answer, out any) (string, *Error) {
	foreign := func(why string) (string, *Error) {
		return "", &Error{Kind: NotAPI, HTTPStatus: got.status, Err: errors.New(why)}
	}
	if got.status >= 300 && got.status < 400 {
		return foreign("the endpoint answered with a redirect, which is not followed")
	}
	if len(got.body) == 0 {
		return foreign("the answer is empty")
	}
	var object envelope
	var id, code, message string
	var denied *AccessDenied
	if got.body[0] != '{' || json.Unmarshal(got.body, &object) != nil ||
		!object.read("RequestId", &id) || !object.read("Code", &code) ||
		!object.read("Message", &message) || !object.read("AccessDeniedDetail", &denied) {
		return foreign("the answer is not a JSON object of the API")
	}
	if code != "" {
		return "", &Error{Kind: Answered, HTTPStatus: got.status, Code: code, Message: message, RequestID: id, Denied: denied}
	}
	if got.status != http.StatusOK || !IsWord(id) || object.contradicts() {
		return foreign("the answer is neither a success nor an error of the API")
	}
	if json.Unmarshal(got.body, out) != nil {
		return foreign("the answer does not have the API's fields")
	}
	return id, nil
}
