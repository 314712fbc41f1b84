package ecsapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
)

// envelope is a JSON object by the exact names of its fields. Decoded into a
// struct, a stranger's requestId would pass for the API's RequestId.
type envelope map[string]json.RawMessage

// read decodes a field, if there is one, and reports whether it could be.
func (e envelope) read(name string, into any) bool {
	raw, ok := e[name]
	return !ok || json.Unmarshal(raw, into) == nil
}

// hasLike reports whether there is a field of that name in another spelling.
func (e envelope) hasLike(name string) bool {
	for field := range e {
		if field != name && strings.EqualFold(field, name) {
			return true
		}
	}
	return false
}

const maxRequestID = 64 // characters

var requestID = regexp.MustCompile(`^[0-9A-Za-z._-]+$`)

// validRequestID accepts more than the UUIDs that the API gives, and neither a
// signature nor a URL that a stranger may echo.
func validRequestID(s string) bool {
	return len(s) <= maxRequestID && requestID.MatchString(s)
}

// decode reads an answer. A success is a status of 200 and one JSON object
// with a RequestId, which is returned, and no Code, and is decoded into out as
// well; a JSON object with a Code is the API's error whatever its status,
// redirects apart; and anything else is not the API's.
func decode(status int, body []byte, out any, z sanitizer) (string, *Error) {
	foreign := func(why string) (string, *Error) {
		return "", &Error{Kind: NotAPI, HTTPStatus: status, Err: errors.New(why)}
	}
	if status >= 300 && status < 400 {
		return foreign("the endpoint answered with a redirect, which is not followed")
	}
	if len(body) == 0 {
		return foreign("the answer is empty")
	}
	var answer envelope
	var id, code, message string
	var denied *AccessDenied
	if body[0] != '{' || json.Unmarshal(body, &answer) != nil ||
		!answer.read("RequestId", &id) || !answer.read("Code", &code) ||
		!answer.read("Message", &message) || !answer.read("AccessDeniedDetail", &denied) {
		return foreign("the answer is not a JSON object of the API's")
	}
	if code != "" {
		failed := &Error{Kind: Answered, HTTPStatus: status, Code: z.text(code), Message: z.text(message), RequestID: z.text(id)}
		if denied != nil {
			failed.Denied = &AccessDenied{
				Action: z.text(denied.Action), Principal: z.text(denied.Principal), NoPermissionType: z.text(denied.NoPermissionType),
			}
		}
		return "", failed
	}
	if status != http.StatusOK || !validRequestID(id) || answer.hasLike("Code") {
		return foreign("the answer is neither a success nor an error of the API's")
	}
	if json.Unmarshal(body, out) != nil {
		return foreign("the answer does not have the API's fields")
	}
	return id, nil
}
