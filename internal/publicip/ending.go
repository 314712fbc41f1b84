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

// endings are the codes that do not settle a release. Every other known code does,
// and every unknown one with the status of a refusal.
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
		if failed.Throttled() {
			return busy
		}
		// The status of a code differs between pages, so it counts for codes never
		// seen alone: what sent them may have failed, or call its success a code.
		_, known := adviceForCode(failed, Request{})
		if !known && (failed.HTTPStatus < http.StatusBadRequest || failed.HTTPStatus >= http.StatusInternalServerError) {
			return unknown
		}
		return refused
	}
	return unknown
}
