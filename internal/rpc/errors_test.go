package rpc

import (
	"errors"
	"testing"
)

func TestError(t *testing.T) {
	cause := errors.New("why")
	for name, tc := range map[string]struct {
		err   Error
		text  string
		cause error
	}{
		"answered": {
			Error{Kind: Answered, HTTPStatus: 403, Code: "Forbidden.RAM", Message: "Not authorized.", RequestID: "R"},
			"Release at ecs.test: Forbidden.RAM: Not authorized. (HTTP 403, request ID R)", nil,
		},
		"not-the-api": {Error{Kind: NotAPI, HTTPStatus: 502, Err: cause}, "Release at ecs.test: HTTP 502: why", cause},
		"no-answer":   {Error{Kind: NoAnswer, HTTPStatus: 200, Err: cause}, "Release at ecs.test: why", cause},
		"not-sent":    {Error{Kind: NotSent, Err: cause}, "Release at ecs.test: why", cause},
		"unsigned":    {Error{Kind: Unsigned, Err: cause}, "Release at ecs.test: why", cause},
	} {
		t.Run(name, func(t *testing.T) {
			tc.err.Action, tc.err.Endpoint = "Release", "ecs.test"
			if got := tc.err.Error(); got != tc.text {
				t.Errorf("got %q, want %q", got, tc.text)
			}
			if !errors.Is(&tc.err, tc.cause) && tc.cause != nil || tc.cause == nil && tc.err.Unwrap() != nil {
				t.Errorf("got the cause %v, want %v", tc.err.Unwrap(), tc.cause)
			}
		})
	}
}

func TestError_throttled(t *testing.T) {
	for code, want := range map[string]bool{
		"Throttling": true, "Throttling.User": true, "Throttling.Api": true, "Throttling.User.More": true, "Rejected.Throttling": true,
		// The family is the word before the dot, and no part of it.
		"ThrottlingPolicy.NotFound": false, "InvalidThrottling": false, "Rejected": false, "throttling": false, "": false,
	} {
		if got := (&Error{Kind: Answered, Code: code}).Throttled(); got != want {
			t.Errorf("%q: got %v, want %v", code, got, want)
		}
	}
}
