package publicip

import (
	"errors"
	"net/http"

	"github.com/alicloud-extras/terraform-provider-alicloud/internal/ecsapi"
)

// ending is what one attempt at a release came to.
type ending int

const (
	// done: the API says that it released the address.
	done ending = iota
	// refused: the API says no, and would again.
	refused
	// busy: nothing was done, and another attempt may do better.
	busy
	// unknown: the address may have been released.
	unknown
)

// endings are the codes that do not settle a release. Every other code does that
// comes with the status of a refusal.
var endings = map[string]ending{
	ecsapi.CodeIncorrectInstanceStatus: busy,
	ecsapi.CodeServiceUnavailable:      busy,

	ecsapi.CodeInternalError: unknown,
	// Each attempt has a nonce of its own, so one that was used before means
	// that something on the way sent this very attempt twice.
	ecsapi.CodeSignatureNonceUsed: unknown,
}

// endingOf decides what an attempt came to from the error that it returned.
func endingOf(err error) ending {
	if err == nil {
		return done
	}
	var failed *ecsapi.Error
	if !errors.As(err, &failed) {
		return unknown
	}
	switch failed.Kind {
	case ecsapi.Unsigned:
		// A source of keys may be out of reach for a moment.
		var source interface{ Temporary() bool }
		if errors.As(failed.Err, &source) && source.Temporary() {
			return busy
		}
		return refused
	case ecsapi.NotSent:
		return busy
	case ecsapi.Answered:
		if e, ok := endings[failed.Code]; ok {
			return e
		}
		switch {
		case failed.Throttled():
			return busy
		case failed.HTTPStatus >= http.StatusInternalServerError:
			return unknown
		case failed.HTTPStatus < http.StatusBadRequest:
			// With such a status the API refuses nothing: what sent it may call its
			// success a code.
			if _, ok := adviceForCode(failed, Request{}); !ok {
				return unknown
			}
		}
		return refused
	}
	return unknown
}
