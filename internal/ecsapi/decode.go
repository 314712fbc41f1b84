package ecsapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
)

// envelope is what every answer of the API holds: a request ID, and on an
// error a code and a message.
type envelope struct {
	RequestID          string        `json:"RequestId"`
	Code               string        `json:"Code"`
	Message            string        `json:"Message"`
	AccessDeniedDetail *AccessDenied `json:"AccessDeniedDetail"`
}

// requestID is wider than the UUIDs that the API gives, and too narrow for a
// signature or a URL that a stranger may echo.
var requestID = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)

// decode reads an answer. A success is a status of 200 and one JSON object
// with a RequestId and no Code, and is decoded into out as well; a JSON object
// with a Code is the API's error whatever its status, redirects apart; and
// anything else is not the API's.
func decode(status int, body []byte, out any, z sanitizer) *Error {
	foreign := func(why string) *Error {
		return &Error{Kind: NotAPI, HTTPStatus: status, Err: errors.New(why)}
	}
	if status >= 300 && status < 400 {
		return foreign("the endpoint answered with a redirect, which is not followed")
	}
	if len(body) == 0 {
		return foreign("the answer is empty")
	}
	var answer envelope
	if body[0] != '{' || json.Unmarshal(body, &answer) != nil {
		return foreign("the answer is not a JSON object of the API's")
	}
	if answer.Code != "" {
		failed := &Error{
			Kind:       Answered,
			HTTPStatus: status,
			Code:       z.text(answer.Code),
			Message:    z.text(answer.Message),
			RequestID:  z.text(answer.RequestID),
		}
		if d := answer.AccessDeniedDetail; d != nil {
			failed.Denied = &AccessDenied{Action: z.text(d.Action), Principal: z.text(d.Principal), PolicyType: z.text(d.PolicyType)}
		}
		return failed
	}
	if status != http.StatusOK || !requestID.MatchString(answer.RequestID) {
		return foreign("the answer is neither a success nor an error of the API's")
	}
	if json.Unmarshal(body, out) != nil {
		return foreign("the answer does not have the API's fields")
	}
	return nil
}
